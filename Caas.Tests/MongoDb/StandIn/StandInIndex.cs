using MongoDB.Bson;

namespace Caas.Tests.MongoDb.StandIn;

/// <summary>An index: document ids by their keys, in order.</summary>
internal sealed class StandInIndex(string name, BsonDocument keys, bool isUnique)
{
    private readonly SortedSet<BsonValue[]> _entries = new(BsonOrder.Instance);

    public string Name => name;

    public BsonDocument Keys => keys;

    public bool IsUnique => isUnique;

    public BsonValue[] KeyOf(BsonDocument document) => [.. keys.Select(key => BsonPath.Get(document, key.Name) ?? BsonNull.Value)];

    public bool Has(BsonValue[] key)
    {
        foreach (var _ in _entries.GetViewBetween(key, [.. key, BsonMaxKey.Value]))
        {
            return true; // a view's count would walk all of it
        }

        return false;
    }

    public void Add(BsonDocument document) => _entries.Add([.. KeyOf(document), document["_id"]]);

    public void Remove(BsonDocument document) => _entries.Remove([.. KeyOf(document), document["_id"]]);

    /// <summary>How many of its first fields a filter fixes.</summary>
    public int Prefix(BsonDocument filter) => keys.TakeWhile(key => filter.TryGetValue(key.Name, out var value) && !Filters.HasOperators(value)).Count();

    /// <summary>Whether its order, behind the fields that the filter fixes, is the one asked for or the reverse.</summary>
    public bool Sorts(BsonDocument filter, BsonDocument sort)
    {
        var rest = keys.Skip(Prefix(filter)).Take(sort.ElementCount).ToList();
        return rest.Select(key => key.Name).SequenceEqual(sort.Names)
            && (rest.Zip(sort).All(pair => pair.First.Value.ToInt32() == pair.Second.Value.ToInt32()) || rest.Zip(sort).All(pair => pair.First.Value.ToInt32() == -pair.Second.Value.ToInt32()))
            && keys.All(key => key.Value.ToInt32() == 1);
    }

    /// <summary>The ids of what may match, in the index's order or the reverse.</summary>
    public IEnumerable<BsonValue> Scan(BsonDocument filter, bool descending)
    {
        var prefix = Prefix(filter);
        var fixedPart = keys.Take(prefix).Select(key => filter[key.Name]).ToArray();
        var (low, high) = ((BsonValue[])[.. fixedPart], (BsonValue[])[.. fixedPart, BsonMaxKey.Value]);
        if (prefix < keys.ElementCount && filter.TryGetValue(keys.GetElement(prefix).Name, out var range) && range is BsonDocument operators)
        {
            low = operators.TryGetValue("$gt", out var from) || operators.TryGetValue("$gte", out from) ? [.. fixedPart, from] : low;
            high = operators.TryGetValue("$lt", out var to) || operators.TryGetValue("$lte", out to) ? [.. fixedPart, to, BsonMaxKey.Value, BsonMaxKey.Value] : high;
        }

        if (BsonOrder.Instance.Compare(low, high) > 0)
        {
            return [];
        }

        var view = _entries.GetViewBetween(low, high);
        return (descending ? view.Reverse() : view).Select(entry => entry[^1]);
    }
}
