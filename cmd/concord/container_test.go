package main

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
)

// There need be no container engine to see that Dockerfile and compose.yaml say what this program takes.

func atTop(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// instructions are those of a Dockerfile, with what follows each, continued lines joined.
func instructions(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for line := range strings.Lines(strings.ReplaceAll(atTop(t, "Dockerfile"), "\\\n", "")) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		all[word] = append(all[word], rest)
	}
	return all
}

// serveVariables are those that "concord serve" reads.
func serveVariables() []string {
	var names []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[serveCommand]()) {
		names = append(names, f.Tag.Get("variable"))
	}
	return names
}

func TestDockerfileMakesASmallImageThatIsNotRoot(t *testing.T) {
	t.Parallel()
	said := instructions(t)
	if from := said["FROM"]; len(from) != 2 || from[1] != "scratch" {
		t.Errorf("it is made from %q", from)
	}
	if build := strings.Join(said["RUN"], " "); !strings.Contains(build, "CGO_ENABLED=0 go build ") || !strings.Contains(build, "-o /out/concord ./cmd/concord") {
		t.Errorf("it is built by %q", build)
	}
	if !slices.Contains(said["COPY"], "--from=build /out/concord /concord") || !slices.Equal(said["ENTRYPOINT"], []string{`["/concord"]`}) {
		t.Error("what is built is not what is started")
	}
	if user := said["USER"]; len(user) != 1 || strings.HasPrefix(user[0], "0") || strings.HasPrefix(user[0], "root") {
		t.Errorf("it runs as %q", user)
	}
	for _, words := range []string{said["CMD"][0], said["HEALTHCHECK"][0]} {
		_, words, _ = strings.Cut(words, "[")
		words = strings.TrimPrefix(strings.NewReplacer(`"`, "", "]", "", ",", "").Replace(words), "/concord ")
		parser, err := kong.New(&commands{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.Parse(strings.Fields(words)); err != nil {
			t.Errorf("%q is no command: %v", words, err)
		}
	}
	for pair := range strings.FieldsSeq(said["ENV"][0]) {
		if name, _, _ := strings.Cut(pair, "="); !slices.Contains(serveVariables(), name) {
			t.Errorf("%s is not read by serve", name)
		}
	}
	goVersion := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(atTop(t, "go.mod"))[1]
	if !strings.HasPrefix(said["FROM"][0], "golang:"+goVersion+" ") {
		t.Errorf("go.mod wants Go %s", goVersion)
	}
}

type composeFile struct {
	Services map[string]struct {
		Image       string
		Environment map[string]string
		Volumes     []string
		DependsOn   map[string]any `yaml:"depends_on"`
	}
	Volumes map[string]any
}

func TestComposeSetsWhatServeTakes(t *testing.T) {
	t.Parallel()
	var compose composeFile
	if err := yaml.Unmarshal([]byte(atTop(t, "compose.yaml")), &compose); err != nil {
		t.Fatal(err)
	}
	concord := compose.Services["concord"]
	outside := map[string]string{
		"POSTGRES_PASSWORD": "abc", "REDIS_PASSWORD": "def", "CONCORD_SECRET": strings.Repeat("ab", 32), "CONCORD_VIEW_KEY": strings.Repeat("cd", 32),
		"CONCORD_ISSUER": "https://id.example=https://care.example/fhir", "CONCORD_BASE_URL": "https://care.example/fhir",
	}
	demanded := regexp.MustCompile(`\$\{([A-Z_]+):\?\}`)
	variables := map[string]string{"CONCORD_ADDR": "0.0.0.0:8080", "CONCORD_DATA": "/data"} // of the image
	for name, value := range concord.Environment {
		if !slices.Contains(serveVariables(), name) {
			t.Errorf("%s is not read by serve", name)
		}
		variables[name] = demanded.ReplaceAllStringFunc(value, func(found string) string {
			set, ok := outside[demanded.FindStringSubmatch(found)[1]]
			if !ok {
				t.Errorf("%s is not named at the top", found)
			}
			return set
		})
	}
	var line commands
	parser, err := kong.New(&line, kong.Resolvers(variablesOf(variables)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"serve"}); err != nil {
		t.Fatal(err)
	}
	s, err := line.Serve.settings()
	if err != nil {
		t.Fatal(err)
	}
	if s.database != "postgres://concord:abc@postgres:5432/concord?sslmode=disable" || s.viewCache.redis == nil || s.viewCache.redis.Addrs[0] != "redis:6379" {
		t.Errorf("serve would use %q and %+v", string(s.database), s.viewCache)
	}
	for name := range concord.DependsOn {
		if _, ok := compose.Services[name]; !ok {
			t.Errorf("there is no service %s", name)
		}
	}
	for _, service := range compose.Services {
		for _, volume := range service.Volumes {
			name, _, _ := strings.Cut(volume, ":")
			if _, ok := compose.Volumes[name]; !ok {
				t.Errorf("there is no volume %s", name)
			}
		}
	}
	for name := range outside {
		if !strings.Contains(atTop(t, "compose.yaml"), "#   "+name) && !strings.Contains(atTop(t, "compose.yaml"), ", "+name) {
			t.Errorf("%s is not explained at the top", name)
		}
	}
}

func variablesOf(set map[string]string) kong.Resolver {
	return variables(func(name string) string { return set[name] })
}

func TestHealthcheckAsksTheServerOfThisMachine(t *testing.T) {
	t.Parallel()
	s := startDemo(t, "--empty", "--data", t.TempDir())
	address := strings.TrimSuffix(strings.TrimPrefix(s.address, "http://"), "/fhir")
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	must(t, "healthcheck", "--addr", address)
	must(t, "healthcheck", "--ready", "--addr", "0.0.0.0:"+port)
	must(t, "healthcheck", "--addr", ":"+port)
	s.stop()
	if status, _, stderr := concord(t, "healthcheck", "--addr", address); status != statusFailed || !strings.Contains(stderr, "does not answer") {
		t.Errorf("status %d: %s", status, stderr)
	}
	sick := http.Server{Handler: http.NotFoundHandler()}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = sick.Serve(l) }()
	t.Cleanup(func() { _ = sick.Close() })
	if status, _, stderr := concord(t, "healthcheck", "--addr", l.Addr().String()); status != statusFailed || !strings.Contains(stderr, "/healthz says 404") {
		t.Errorf("status %d: %s", status, stderr)
	}
}
