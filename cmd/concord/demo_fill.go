package main

import (
	"bytes"
	"context"
	"fmt"

	"concord/cmd/concord/region"
	"concord/gateway/guard"
)

// fill puts the region into a store that is new, or where that was begun and not ended.
func (d *demo) fill(ctx context.Context, bare bool) error {
	fresh, err := d.empty(ctx)
	if err != nil {
		return err
	}
	if d.marker.Region != regionImporting && (bare || !fresh) {
		return nil
	}
	d.marker.Region = regionImporting
	if err := d.marker.write(d.dir); err != nil {
		return err
	}
	resources, err := region.Resources()
	if err != nil {
		return err
	}
	operator, err := d.operator(d.process, "concord demo")
	if err != nil {
		return err
	}
	err = d.store(ctx, operator, meter{}, func(use func([]byte) error) error {
		for _, resource := range resources {
			if err := use(resource); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store the demo's region: %w", err)
	}
	d.marker.Region = regionThere
	return d.marker.write(d.dir)
}

// people puts so many synthetic people beside the region, unless as many are there already. When it was cut off, it
// is done again: what is there is left alone.
func (d *demo) people(ctx context.Context, n int) error {
	if n <= d.marker.People {
		return nil
	}
	operator, err := d.operator(d.process, "concord demo")
	if err != nil {
		return err
	}
	progress := progressOn(d.process)
	err = d.store(ctx, operator, progress, func(use func([]byte) error) error { return region.Synthetic(n, syntheticSeed, use) })
	progress.end()
	if err != nil {
		return fmt.Errorf("store the demo's people: %w", err)
	}
	d.marker.People = n
	return d.marker.write(d.dir)
}

// store imports resources that this program brings with it, of which none may be refused.
func (d *demo) store(ctx context.Context, operator guard.Reading, progress meter, each func(use func([]byte) error) error) error {
	refused := &bytes.Buffer{}
	defer frugal()()
	i := newImporter(ctx, offline(operator), refused)
	i.progress, i.seen = progress, nil
	err := i.all(ctx, func(yield func(raw) error) error {
		n := 0
		return each(func(content []byte) error {
			n++
			return yield(raw{file: "region", prefix: "Resource", at: position{n, 1}, data: content})
		})
	})
	if err == nil && i.refused > 0 {
		err = fmt.Errorf("%d resources were refused:\n%s", i.refused, refused)
	}
	return err
}
