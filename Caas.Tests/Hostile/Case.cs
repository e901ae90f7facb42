using Caas.Tests.Gateway;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Caas.Tests.Hostile;

/// <summary>One malformed input of the corpus: what it is, how it is sent, what must come back. Texts are <see cref="Template"/>s.</summary>
internal sealed class Case
{
    public string Name { get; set; } = "";

    /// <summary>What must come back: alternatives joined by <c> or </c>. REST: <c>400 validation_failed</c>, <c>431</c>, <c>4xx</c>, <c>cut</c> (the connection ends without an answer). Hub: <c>error CODE</c>, <c>close</c>, <c>ignored</c>, <c>ok</c>.</summary>
    public string Expect { get; set; } = "";

    /// <summary>REST: the request line without its version.</summary>
    public string Send { get; set; } = "GET /v1/conversations";

    /// <summary>REST: whose credentials go with it: <c>alice</c>, <c>backend</c>, <c>admin</c>, <c>nobody</c>.</summary>
    public string As { get; set; } = "alice";

    /// <summary>REST: other headers, or the usual ones with another value; an empty name's value is a whole line, or several.</summary>
    public Dictionary<string, string> Headers { get; set; } = [];

    public string? Body { get; set; }

    /// <summary>REST: everything from the first byte on, instead of all of the above.</summary>
    public string? Raw { get; set; }

    /// <summary>The sending side is closed behind it.</summary>
    public bool Half { get; set; }

    /// <summary>REST: <c>replica</c> sends it to a realtime replica instead of the gateway.</summary>
    public string To { get; set; } = "gateway";

    /// <summary>Hub: what is sent after the handshake, each in a frame of its own, with what ends a message behind (JSON) or its length before it (MessagePack).</summary>
    public List<string> Messages { get; set; } = [];

    /// <summary>Hub: like <see cref="Messages"/>, but as they stand.</summary>
    public List<string> Frames { get; set; } = [];

    /// <summary>Hub: bytes on the socket itself, below WebSocket's framing.</summary>
    public string? Wire { get; set; }

    /// <summary>Hub: text frames carry binary and the other way round.</summary>
    public bool WrongKind { get; set; }

    public override string ToString() => Name;
}

/// <summary>The corpus: one file per area.</summary>
internal static class Corpus
{
    private static readonly IDeserializer Yaml = new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).WithDuplicateKeyChecking().Build();

    public static IReadOnlyList<Case> Read(string area) => Yaml.Deserialize<List<Case>>(File.ReadAllText(FileOf(area)));

    public static T ReadAs<T>(string area) => Yaml.Deserialize<T>(File.ReadAllText(FileOf(area)));

    private static string FileOf(string area) => Path.Combine(Snapshots.Root, "Caas.Tests", "Hostile", "Corpus", $"{area}.yaml");
}
