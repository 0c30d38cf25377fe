package internal_test

import (
	"context"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"

	"caravan/internal/config"
)

// compose loads docker-compose.yml as Docker Compose would, with an empty
// environment: what is in it must work without any setting.
func compose(t *testing.T) *types.Project {
	t.Helper()
	p, err := loader.LoadWithContext(context.Background(), types.ConfigDetails{
		WorkingDir:  "..",
		ConfigFiles: []types.ConfigFile{{Filename: "../docker-compose.yml"}},
		Environment: types.Mapping{},
	}, func(o *loader.Options) { o.SetProjectName("caravan", true) })
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestComposeStartsEveryPartInOrderAndKeepsItsData(t *testing.T) {
	t.Parallel()
	p := compose(t)
	for _, name := range []string{"app", "postgres", "nats", "mail"} {
		s, err := p.GetService(name)
		if err != nil {
			t.Fatal(err)
		}
		if s.HealthCheck == nil || len(s.HealthCheck.Test) < 2 {
			t.Errorf("%s: no health check", name)
		}
		if name != "app" && p.Services["app"].DependsOn[name].Condition != types.ServiceConditionHealthy {
			t.Errorf("app does not wait until %s is healthy", name)
		}
	}
	for service, target := range map[string]string{"app": "/var/lib/caravan", "postgres": "/var/lib/postgresql/data", "mail": "/data"} {
		if !keeps(p, service, target) {
			t.Errorf("%s: %s is not on a named volume", service, target)
		}
	}
}

func keeps(p *types.Project, service, target string) bool {
	for _, v := range p.Services[service].Volumes {
		if _, named := p.Volumes[v.Source]; named && v.Type == types.VolumeTypeVolume && v.Target == target {
			return true
		}
	}
	return false
}

func TestComposeKeepsThePartsThatTrustEverybodyOffTheNetwork(t *testing.T) {
	t.Parallel()
	for name, s := range compose(t).Services {
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s: port %s is open to other machines", name, port.Published)
			}
		}
		if (name == "postgres" || name == "nats") && len(s.Ports) > 0 {
			t.Errorf("%s: no port is needed outside", name)
		}
	}
}

func TestComposeSetsOnlySettingsThatExistAndThatWork(t *testing.T) {
	t.Parallel()
	p := compose(t)
	app := p.Services["app"]
	asked := map[string]bool{}
	c, err := config.Load(func(key string) string {
		asked[key] = true
		if v := app.Environment[key]; v != nil {
			return *v
		}
		return ""
	}, false)
	if err != nil {
		t.Errorf("the settings are refused: %v", err)
	}
	for key := range app.Environment {
		if !asked[key] {
			t.Errorf("%s: no such setting", key)
		}
	}
	for setting, address := range map[string]string{"DATABASE_URL": c.DatabaseURL, "NATS_URL": c.NATSURL, "SMTP_URL": c.SMTPURL} {
		u, err := url.Parse(address)
		if err != nil {
			t.Errorf("%s: %v", setting, err)
			continue
		}
		if _, ok := p.Services[u.Hostname()]; !ok {
			t.Errorf("%s: no service is called %q", setting, u.Hostname())
		}
	}
	if want := "/readyz"; !strings.HasSuffix(app.HealthCheck.Test[len(app.HealthCheck.Test)-1], c.Addr+want) {
		t.Errorf("health check %v does not ask %s%s", app.HealthCheck.Test, c.Addr, want)
	}
}

func TestComposeBuildsWithTheGoVersionOfTheModule(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "\ngo ")
	version, _, _ := strings.Cut(rest, "\n")
	minor := strings.Join(strings.Split(version, ".")[:2], ".")
	if got := compose(t).Services["app"].Build.DockerfileInline; !strings.Contains(got, "FROM golang:"+minor+"-") {
		t.Errorf("go.mod says %s, the image is built with\n%s", version, got)
	}
}
