using Caas.Core.Events;
using Caas.Core.Feed;

namespace Caas.Core.EventLog;

/// <summary>Which types of events are wanted: names such as <c>message.created</c> (or <c>caas.message.created</c>), and <c>message.*</c> for all of a noun. None, or <c>*</c>: all.</summary>
public sealed class EventTypeFilter
{
    public const int MostNames = 50;
    private const int MostCharacters = 80;
    private const string Rest = ".*";
    private const string Everything = "*";

    private readonly HashSet<string> _types;
    private readonly string[] _prefixes;

    private EventTypeFilter(HashSet<string> types, string[] prefixes) => (_types, _prefixes) = (types, prefixes);

    public static EventTypeFilter All { get; } = new([], []);

    public bool IsAll => _types.Count == 0 && _prefixes.Length == 0;

    public bool Wants(FeedItem item) => Wants(item.Entry.Type);

    /// <param name="entryType">Without <c>caas.</c>.</param>
    public bool Wants(string entryType) => IsAll || _types.Contains(entryType) || _prefixes.Any(prefix => entryType.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>As it is asked for: a name that this version does not know would wait for ever.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, naming <paramref name="field"/>.</exception>
    public static EventTypeFilter ParseKnown(IReadOnlyList<string>? names, string field)
    {
        var filter = Parse(names, field);
        var unknown = (names ?? []).Where(name => name != Everything).Select(Bare).FirstOrDefault(name => !EventCatalog.All.Any(name.EndsWith(Rest, StringComparison.Ordinal) ? type => type.StartsWith(name[..^1], StringComparison.Ordinal) : type => type == name));
        new Validation().Check(unknown is null, field, $"holds a type that is not known, {unknown}").ThrowIfAny();
        return filter;
    }

    /// <summary>As it was stored: names that are not known are taken, another version may have known them.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, naming <paramref name="field"/>.</exception>
    public static EventTypeFilter Parse(IReadOnlyList<string>? names, string field)
    {
        if (names is not { Count: > 0 })
        {
            return All;
        }

        new Validation()
            .Check(names.Count <= MostNames, field, $"must name at most {MostNames} types")
            .Check(names.All(IsName), field, "must be names of types such as message.created or message.*")
            .ThrowIfAny();
        if (names.Contains(Everything))
        {
            return All;
        }

        string[] bare = [.. names.Select(Bare)];
        return new([.. bare.Where(name => !name.EndsWith(Rest, StringComparison.Ordinal))], [.. bare.Where(name => name.EndsWith(Rest, StringComparison.Ordinal)).Select(name => name[..^1])]);
    }

    private static string Bare(string name) => name.StartsWith(EventRouting.TypePrefix, StringComparison.Ordinal) ? name[EventRouting.TypePrefix.Length..] : name;

    private static bool IsName(string? name)
    {
        if (name == Everything)
        {
            return true;
        }

        if (name is not { Length: > 0 and <= MostCharacters })
        {
            return false;
        }

        var body = name.EndsWith(Rest, StringComparison.Ordinal) ? name[..^Rest.Length] : name;
        return body.Length > 0 && body.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_' or '.') && !body.StartsWith('.') && !body.EndsWith('.');
    }
}
