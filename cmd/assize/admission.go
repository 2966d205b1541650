package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/assize-dev/assize/deploy"
)

func (a *app) admission() *cobra.Command {
	return parent("service", "admission", "Print the Kubernetes manifests of the admission webhook", a.admissionManifests())
}

func (a *app) admissionManifests() *cobra.Command {
	cmd := &cobra.Command{
		Use: "manifests", Args: cobra.NoArgs,
		Short: "Print what the Helm chart installs, without Helm",
		Long: `Print the objects that the Helm chart installs, as YAML for kubectl. They come from the
same templates: a file of values for the one is one for the other. With --defaults it
prints the values there are, each with what it does.`,
		Example: `  assize admission manifests --defaults > values.yaml
  assize admission manifests --values values.yaml --namespace assize | kubectl apply -f -`,
	}
	f := cmd.Flags()
	files := f.StringArray("values", nil, "file with values, - for standard input; later ones win; repeatable")
	name := f.String("name", "assize", "name of the installation")
	namespace := f.String("namespace", "assize", "namespace it goes to, which has to be there")
	defaults := f.Bool("defaults", false, "print the chart's own values and nothing else")
	cmd.RunE = func(*cobra.Command, []string) error {
		if *defaults {
			_, err := a.stdout.Write(deploy.Defaults())
			return err
		}
		var values []map[string]any
		for _, file := range *files {
			text, err := a.read(file, deploy.MaxValues)
			if err != nil {
				return err
			}
			v, err := deploy.ParseValues(file, text)
			if err != nil {
				return usage("%w", err)
			}
			values = append(values, v)
		}
		manifests, err := deploy.Render(deploy.Release{Name: *name, Namespace: *namespace}, values...)
		if err != nil {
			return usage("%w", err)
		}
		for _, m := range manifests {
			if _, err := io.WriteString(a.stdout, "---\n# Source: "+m.Template+"\n"+string(m.Text)+"\n"); err != nil {
				return err
			}
		}
		return nil
	}
	return cmd
}
