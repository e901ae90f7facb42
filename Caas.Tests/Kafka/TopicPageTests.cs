using System.Globalization;
using System.Reflection;
using Caas.Adapters.Kafka;
using Caas.Core.Events;
using Caas.Tests.Events;
using Caas.Tests.Gateway;
using Xunit;

namespace Caas.Tests.Kafka;

/// <summary>The tables of <c>docs/kafka-topics.md</c> say what the code, the scripts and the schemas say.</summary>
public sealed class TopicPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Snapshots.Root, "docs/kafka-topics.md"));

    [Fact]
    public void Each_topic_is_told_with_its_key_who_publishes_it_how_long_it_is_kept_and_the_test_that_reads_it()
    {
        var made = File.ReadAllLines(Path.Combine(Snapshots.Root, "init/kafka/topics.tsv")).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('\t')).ToDictionary(row => row[0]);
        var rows = TableUnder("## Topics");
        Assert.Equal(Topics.All, rows.Select(row => Code(row[0])));
        foreach (var row in rows)
        {
            var topic = Code(row[0]);
            Assert.Equal(Keys(topic), Codes(row[1]).Order(StringComparer.Ordinal));
            Assert.All(Codes(row[3]), name => Assert.Contains(name, Publishers));
            Assert.Equal(Kept(made[topic]), row[4]);
            Assert.True(Proof(Code(row[6])), $"{row[6]} is no test");
        }
    }

    [Fact]
    public void Each_event_is_told_with_its_topics_and_its_schema() =>
        Assert.Equal(
            EventSchemas.All.Select(known => (EventRouting.TypeOf(known.EntryType), string.Join(", ", EventSchemas.TopicsOf(known.EntryType, known.Log).Select(topic => $"`{topic}`")), $"[schema](../{EventSchemas.PathOf(known.EntryType)})")),
            TableUnder("## Events").Select(row => (Code(row[0]), row[1], row[2])));

    /// <summary>The classes that have records published.</summary>
    private static IEnumerable<string> Publishers => new[] { typeof(EventRouting).Assembly, typeof(KafkaTopics).Assembly }.SelectMany(assembly => assembly.GetTypes()).Select(type => type.Name);

    private static IEnumerable<string> Keys(string topic) => EventSchemas.All
        .Where(known => EventSchemas.TopicsOf(known.EntryType, known.Log).Contains(topic)).Select(known => EventSchemas.KeyOf(known.EntryType, known.Log)).Distinct().Where(key => !key.Contains(' ', StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    private static string Kept(string[] made)
    {
        var milliseconds = long.Parse(made[2], CultureInfo.InvariantCulture);
        return made[3] == "compact" ? "the latest of each key" : TimeSpan.FromMilliseconds(milliseconds).TotalDays is var days && days > 1 ? $"{days} days" : "a day";
    }

    private static bool Proof(string name) =>
        name.Split('.') is [var type, var method] && typeof(TopicPageTests).Assembly.GetTypes().SingleOrDefault(known => known.Name == type)?.GetMethod(method)?.GetCustomAttribute<FactAttribute>() is not null;

    private static IReadOnlyList<string[]> TableUnder(string heading) =>
        [.. Page.ReplaceLineEndings("\n").Split(heading + "\n", 2)[1].Split('\n').SkipWhile(line => !line.StartsWith('|')).TakeWhile(line => line.StartsWith('|')).Skip(2).Select(line => line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray())];

    private static string Code(string cell) => Assert.Single(Codes(cell));

    private static IEnumerable<string> Codes(string cell) => cell.Split('`').Where((_, index) => index % 2 == 1);
}
