using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace Caas.Tests.Architecture;

/// <summary>Who may know whom: the layers of <c>docs/architecture.md</c>, and each driver in its own folder.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> References = new()
    {
        ["Caas.Contracts"] = [],
        ["Caas.Client"] = ["Caas.Contracts"],
        ["Caas.Core"] = ["Caas.Contracts"],
        ["Caas.Adapters"] = ["Caas.Core"],
        ["Caas.ServiceDefaults"] = [],
        ["Caas.Gateway"] = ["Caas.Adapters", "Caas.Core", "Caas.ServiceDefaults"],
        ["Caas.Realtime"] = ["Caas.Adapters", "Caas.Core", "Caas.ServiceDefaults"],
        ["Caas.Standalone"] = ["Caas.Adapters", "Caas.Gateway", "Caas.Realtime"],
        ["Caas.AppHost"] = ["Caas.Gateway", "Caas.Realtime", "Caas.Standalone"],
        ["Caas.Bench"] = ["Caas.Client", "Caas.Standalone"],
        ["Caas.Tests"] = ["Caas.AppHost", "Caas.Bench", "Caas.Client", "Caas.Standalone"],
    };

    /// <summary>Each driver's namespaces and the only folders that may name them.</summary>
    private static readonly (string Namespace, string[] Folders)[] Drivers =
    [
        // The bench measures the store beside bare SQLite.
        ("Microsoft.Data.Sqlite", ["Caas.Adapters/Sqlite", "Caas.Bench/Append"]),
        ("SQLitePCL", ["Caas.Adapters/Sqlite", "Caas.Bench/Append/SlowCommits.cs"]),
        ("MongoDB", ["Caas.Adapters/MongoDb", "Caas.ServiceDefaults/Clients"]),
        ("Confluent", ["Caas.Adapters/Kafka", "Caas.ServiceDefaults/Clients", "Caas.Bench/Clusters/MockKafka.cs", "Caas.Bench/Faults/TopicReader.cs"]),

        // SignalR's own backplane takes its connection from the realtime host.
        ("StackExchange", ["Caas.Adapters/Redis", "Caas.ServiceDefaults/Clients", "Caas.Realtime/Connections", "Caas.Realtime/RealtimeHost.cs"]),
        ("Garnet", ["Caas.Standalone/EmbeddedRedis.cs"]),
        ("SkiaSharp", ["Caas.Adapters/Images"]),
        ("AngleSharp", ["Caas.Adapters/Links"]),
    ];

    private static readonly string Root = FindRoot();

    [Fact]
    public void Projects_reference_only_the_layer_below_them()
    {
        foreach (var project in Directory.GetFiles(Root, "Caas.*.csproj", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 }))
        {
            var name = Path.GetFileNameWithoutExtension(project);
            Assert.True(References.TryGetValue(name, out var allowed), $"{name} is not one of the projects that stand in this test: add it with what it may reference.");
            var named = XDocument.Load(project).Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/'))).Order();
            Assert.Empty(named.Except(allowed).Select(unwanted => $"{name} references {unwanted}"));
        }
    }

    [Theory]
    [InlineData("Caas.Contracts")]
    [InlineData("Caas.Core")]
    public void What_holds_the_rules_knows_neither_the_web_nor_any_driver(string assembly)
    {
        string[] unwanted = ["Microsoft.AspNetCore", "Microsoft.Data", "SQLitePCL", "MongoDB", "Confluent", "StackExchange", "Garnet", "Caas.Adapters", "Caas.Gateway", "Caas.Realtime", "Caas.ServiceDefaults"];
        Assert.DoesNotContain(ReferencesOf(assembly), reference => unwanted.Any(name => reference.StartsWith(name, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("Caas.Contracts", "Microsoft.Extensions")]
    [InlineData("Caas.Client", "Caas.Core")]
    [InlineData("Caas.Adapters", "Microsoft.AspNetCore")]
    public void An_assembly_does_without(string assembly, string unwanted) =>
        Assert.DoesNotContain(ReferencesOf(assembly), reference => reference.StartsWith(unwanted, StringComparison.Ordinal));

    [Theory]
    [InlineData("Caas.Gateway")]
    [InlineData("Caas.Realtime")]
    public void A_service_picks_its_adapters_in_its_program_alone(string project) =>
        Assert.DoesNotContain(SourceFiles(project), file => !file.EndsWith("/Program.cs", StringComparison.Ordinal) && Code(file).Contains("Caas.Adapters", StringComparison.Ordinal));

    [Fact]
    public void Each_driver_is_named_in_its_own_folder_alone()
    {
        var strays = new List<string>();
        foreach (var file in References.Keys.Where(project => project is not ("Caas.Tests" or "Caas.AppHost")).SelectMany(SourceFiles))
        {
            var names = NamedNamespaces().Matches(Code(file)).Select(match => match.Groups[1].Value).ToArray();
            strays.AddRange(
                from driver in Drivers
                where !driver.Folders.Any(folder => file.StartsWith(folder, StringComparison.Ordinal))
                where names.Any(name => name == driver.Namespace || name.StartsWith(driver.Namespace + ".", StringComparison.Ordinal))
                select $"{file} names {driver.Namespace}");
        }

        Assert.Empty(strays);
    }

    private static string[] ReferencesOf(string assembly)
    {
        using var file = new PEReader(File.OpenRead(Path.Combine(AppContext.BaseDirectory, assembly + ".dll")));
        var metadata = file.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }

    /// <summary>The C# files of a project, relative to the root, with forward slashes.</summary>
    private static IEnumerable<string> SourceFiles(string project) =>
        Directory.EnumerateFiles(Path.Combine(Root, project), "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));

    /// <summary>A file without its comments and texts (log categories and settings are named like namespaces).</summary>
    private static string Code(string file) => CommentsAndTexts().Replace(File.ReadAllText(Path.Combine(Root, file)), "");

    private static string FindRoot([CallerFilePath] string here = "")
    {
        for (var folder = new DirectoryInfo(Path.GetDirectoryName(here)!); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Caas.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"Caas.sln was not found above {here}.");
    }

    [GeneratedRegex(@"//[^\n]*|""(?:\\.|[^""\\\n])*""")]
    private static partial Regex CommentsAndTexts();

    /// <summary>What a using directive or a name with dots begins with.</summary>
    [GeneratedRegex(@"\b(?:using\s+(?:static\s+)?(?:\w+\s*=\s*)?)?((?:[A-Z]\w*\.)*[A-Z]\w*)")]
    private static partial Regex NamedNamespaces();
}
