using Aspire.Hosting.Docker.Resources;
using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Caas.AppHost.Compose;

/// <summary>The compose file as a whole: its network, who waits for whom, and the addresses that Aspire's model cannot express.</summary>
internal static class ComposeFinish
{
    private const string Environment = "caas";

    private const string Header = """
        # The whole platform. Written by publishing Caas.AppHost (docs/deployment.md says how): change the model there, not this file.
        # Secrets come from .env; ./start.sh makes one, or copy .env.example.

        """;

    /// <summary>Publishing writes <c>docker-compose.yml</c>, for the repository's root.</summary>
    public static void AddComposeFile(this IDistributedApplicationBuilder builder, string network, string subnet)
    {
        if (builder.ExecutionContext.IsRunMode)
        {
            return;
        }

        builder.AddDockerComposeEnvironment(Environment)
            .WithDashboard(false)
            .WithProperties(environment => environment.DefaultNetworkName = network)
            .ConfigureEnvFile(variables => Remove(variables, variable => variable.Value.Source is not ParameterResource))
            .ConfigureComposeFile(file =>
            {
                file.Name = Environment;
                file.Networks[network].Ipam = new() { Config = [new() { ["subnet"] = subnet }] };
                foreach (var service in file.Services.Values)
                {
                    WaitForHealth(file, service);
                }
            });
        builder.Pipeline.AddStep(
            "finish-compose-file",
            context => FinishAsync(context.Model, context.Services.GetRequiredService<IPipelineOutputService>().GetOutputDirectory(), context.CancellationToken),
            dependsOn: $"publish-{Environment}",
            requiredBy: WellKnownPipelineSteps.Publish);
    }

    /// <summary>Aspire writes "started" for every wait.</summary>
    private static void WaitForHealth(ComposeFile file, Service service)
    {
        foreach (var (name, dependency) in service.DependsOn)
        {
            if (dependency.Condition == "service_started" && file.Services[name].Healthcheck is not null)
            {
                dependency.Condition = "service_healthy";
            }
        }
    }

    private static async Task FinishAsync(DistributedApplicationModel model, string folder, CancellationToken cancellationToken)
    {
        // Aspire's own name stays too: `aspire deploy` reads it.
        var written = Path.Combine(folder, "docker-compose.yaml");
        var yaml = new YamlStream();
        yaml.Load(new StringReader(await File.ReadAllTextAsync(written, cancellationToken)));
        var root = (YamlMappingNode)yaml.Documents[0].RootNode;
        var services = (YamlMappingNode)root["services"];
        foreach (var resource in model.Resources)
        {
            if (resource.TryGetLastAnnotation<AddressAnnotation>(out var at) && services.Children.TryGetValue(resource.Name, out var service))
            {
                var network = ((YamlSequenceNode)service["networks"])[0];
                var address = new YamlMappingNode("ipv4_address", new YamlScalarNode(at.Address) { Style = ScalarStyle.DoubleQuoted });
                ((YamlMappingNode)service).Children["networks"] = new YamlMappingNode(network, address);
            }
        }

        using var text = new StringWriter { NewLine = "\n" };
        text.Write(Header.ReplaceLineEndings("\n"));
        yaml.Save(new Emitter(text, new EmitterSettings(bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1024, indentSequences: true)), assignAnchors: false);
        var finished = text.ToString().Replace("\n...\n", "\n", StringComparison.Ordinal); // the end of a document, needed by streams only
        await File.WriteAllTextAsync(written, finished, cancellationToken);
        await File.WriteAllTextAsync(Path.ChangeExtension(written, ".yml"), finished, cancellationToken);
    }

    private static void Remove<T>(IDictionary<string, T> entries, Func<KeyValuePair<string, T>, bool> which)
    {
        foreach (var entry in entries.Where(which).ToArray())
        {
            entries.Remove(entry.Key);
        }
    }
}
