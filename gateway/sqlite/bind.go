package sqlite

import (
	"fmt"
	"reflect"

	engine "zombiezen.com/go/sqlite"
)

// bind gives a statement its parameters, in their order. Nil slices and pointers are null.
func bind(stmt *engine.Stmt, args []any) error {
	if n := stmt.BindParamCount(); n != len(args) {
		return fmt.Errorf("bind: %d values for %d parameters", len(args), n)
	}
	for i, arg := range args {
		switch v := arg.(type) {
		case nil:
			stmt.BindNull(i + 1)
		case int64:
			stmt.BindInt64(i+1, v)
		case int:
			stmt.BindInt64(i+1, int64(v))
		case bool:
			stmt.BindBool(i+1, v)
		case string:
			stmt.BindText(i+1, v)
		case []byte:
			if v == nil {
				stmt.BindNull(i + 1)
				continue
			}
			stmt.BindBytes(i+1, v)
		default:
			if err := bindOther(stmt, i+1, reflect.ValueOf(arg)); err != nil {
				return err
			}
		}
	}
	return nil
}

// bindOther takes types of our own that are strings or numbers.
func bindOther(stmt *engine.Stmt, param int, v reflect.Value) error {
	switch v.Kind() {
	case reflect.String:
		stmt.BindText(param, v.String())
	case reflect.Int64, reflect.Int:
		stmt.BindInt64(param, v.Int())
	default:
		return fmt.Errorf("bind: a %s is no value of a column", v.Type())
	}
	return nil
}

// large is from how many bytes on a value is not left bound to a statement that has run.
const large = 1 << 10

// release makes a statement ready for the next use, and frees what is large of what was bound. It does not clear
// all bindings at once: SQLite then parses the statement anew at the next step, which costs five times what it does.
func release(stmt *engine.Stmt, args []any) error {
	err := stmt.Reset()
	for i, arg := range args {
		switch v := arg.(type) {
		case []byte:
			if len(v) > large {
				stmt.BindNull(i + 1)
			}
		case string:
			if len(v) > large {
				stmt.BindNull(i + 1)
			}
		}
	}
	return err
}

// scan reads the row that a statement stands at into pointers. Null is the zero value.
func scan(stmt *engine.Stmt, targets []any) error {
	for i, target := range targets {
		switch t := target.(type) {
		case *int64:
			*t = stmt.ColumnInt64(i)
		case *int:
			*t = stmt.ColumnInt(i)
		case *bool:
			*t = stmt.ColumnBool(i)
		case *string:
			*t = stmt.ColumnText(i)
		case *[]byte:
			*t = bytesOf(stmt, i)
		case **int64:
			*t = nil
			if !stmt.ColumnIsNull(i) {
				n := stmt.ColumnInt64(i)
				*t = &n
			}
		case *any:
			*t = valueOf(stmt, i)
		default:
			if err := scanOther(stmt, i, reflect.ValueOf(target)); err != nil {
				return err
			}
		}
	}
	return nil
}

// scanOther reads into types of our own that are strings or numbers.
func scanOther(stmt *engine.Stmt, col int, target reflect.Value) error {
	switch of := target.Elem(); of.Kind() {
	case reflect.String:
		of.SetString(stmt.ColumnText(col))
	case reflect.Int64, reflect.Int:
		of.SetInt(stmt.ColumnInt64(col))
	default:
		return fmt.Errorf("scan: a %s takes no column", target.Type())
	}
	return nil
}

// bytesOf is a copy of a column; nil for null.
func bytesOf(stmt *engine.Stmt, col int) []byte {
	if stmt.ColumnIsNull(col) {
		return nil
	}
	data := make([]byte, stmt.ColumnLen(col))
	stmt.ColumnBytes(col, data)
	return data
}

// valueOf is a column as its type has it.
func valueOf(stmt *engine.Stmt, col int) any {
	switch stmt.ColumnType(col) {
	case engine.TypeInteger:
		return stmt.ColumnInt64(col)
	case engine.TypeFloat:
		return stmt.ColumnFloat(col)
	case engine.TypeText:
		return stmt.ColumnText(col)
	case engine.TypeBlob:
		return bytesOf(stmt, col)
	default:
		return nil
	}
}
