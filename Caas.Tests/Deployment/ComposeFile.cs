using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Caas.Tests.Deployment;

/// <summary>The repository's <c>docker-compose.yml</c>, read as YAML and not as text.</summary>
internal sealed partial class ComposeFile
{
    private readonly YamlMappingNode _root;

    private ComposeFile(string text)
    {
        Text = text;
        var yaml = new YamlStream();
        yaml.Load(new StringReader(text));
        _root = (YamlMappingNode)yaml.Documents[0].RootNode;
        Services = Map(_root["services"]).ToDictionary(service => service.Key, service => new ComposeService(service.Key, service.Value));
    }

    public static ComposeFile Committed { get; } = new(File.ReadAllText(Scripts.InRepository("docker-compose.yml")));

    public string Text { get; }

    public IReadOnlyDictionary<string, ComposeService> Services { get; }

    public IReadOnlyCollection<string> Volumes => [.. Map(_root["volumes"]).Keys];

    /// <summary>Every variable that the file takes from the environment or <c>.env</c>; <c>$$</c> is a dollar of the container's own.</summary>
    public IReadOnlyCollection<string> Variables => [.. Variable().Matches(Text).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal)];

    public ComposeService this[string service] => Services[service];

    public string NetworkSubnet(string network) => Text0(Map(Map(_root["networks"])[network]["ipam"]["config"][0])["subnet"]);

    internal static Dictionary<string, YamlNode> Map(YamlNode node) => ((YamlMappingNode)node).Children.ToDictionary(child => Text0(child.Key), child => child.Value);

    internal static string Text0(YamlNode node) => ((YamlScalarNode)node).Value ?? "";

    [GeneratedRegex(@"(?<!\$)\$\{([A-Za-z0-9_]+)\}")]
    private static partial Regex Variable();
}

/// <summary>One service of the compose file.</summary>
internal sealed class ComposeService(string name, YamlNode node)
{
    private readonly Dictionary<string, YamlNode> _fields = ComposeFile.Map(node);

    public string Name => name;

    public string Image => Text("image");

    public string Restart => Text("restart");

    public string Hostname => Text("hostname");

    public string StopGracePeriod => Text("stop_grace_period");

    public IReadOnlyList<string> Ports => List("ports");

    public IReadOnlyList<string> Command => List("command");

    public IReadOnlyList<string> Profiles => List("profiles");

    public IReadOnlyList<string> Tmpfs => List("tmpfs");

    public bool ReadOnly => _fields.TryGetValue("read_only", out var value) && ComposeFile.Text0(value) == "true";

    public IReadOnlyDictionary<string, string> Environment => Texts("environment");

    public IReadOnlyDictionary<string, string> Build => Texts("build");

    /// <summary>Network and address.</summary>
    public IReadOnlyDictionary<string, string> Addresses => ComposeFile.Map(_fields["networks"]).ToDictionary(network => network.Key, network => ComposeFile.Text0(ComposeFile.Map(network.Value)["ipv4_address"]));

    /// <summary>Whom it waits for, and for what.</summary>
    public IReadOnlyDictionary<string, string> DependsOn =>
        _fields.TryGetValue("depends_on", out var others) ? ComposeFile.Map(others).ToDictionary(other => other.Key, other => ComposeFile.Text0(ComposeFile.Map(other.Value)["condition"])) : [];

    /// <summary>The command of the health check, one line; empty where there is none.</summary>
    public string Health => _fields.TryGetValue("healthcheck", out var check) ? string.Join(' ', ((YamlSequenceNode)check["test"]).Select(ComposeFile.Text0)) : "";

    public string Memory => ComposeFile.Text0(_fields["deploy"]["resources"]["limits"]["memory"]);

    public IReadOnlyDictionary<string, string> LogOptions => ComposeFile.Map(_fields["logging"]["options"]).ToDictionary(option => option.Key, option => ComposeFile.Text0(option.Value));

    /// <summary>What is mounted: type, source, target, and whether it is read-only.</summary>
    public IReadOnlyList<(string Type, string Source, string Target, bool ReadOnly)> Mounts =>
        _fields.TryGetValue("volumes", out var volumes)
            ? [.. ((YamlSequenceNode)volumes).Select(volume => (ComposeFile.Text0(volume["type"]), ComposeFile.Text0(volume["source"]), ComposeFile.Text0(volume["target"]), ComposeFile.Text0(volume["read_only"]) == "true"))]
            : [];

    private string Text(string field) => _fields.TryGetValue(field, out var value) ? ComposeFile.Text0(value) : "";

    private IReadOnlyList<string> List(string field) => _fields.TryGetValue(field, out var values) ? [.. ((YamlSequenceNode)values).Select(ComposeFile.Text0)] : [];

    private Dictionary<string, string> Texts(string field) => _fields.TryGetValue(field, out var values) ? ComposeFile.Map(values).ToDictionary(pair => pair.Key, pair => ComposeFile.Text0(pair.Value)) : [];
}
