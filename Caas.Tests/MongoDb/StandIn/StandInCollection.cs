using MongoDB.Bson;

namespace Caas.Tests.MongoDb.StandIn;

/// <summary>Documents and their indexes. Documents are never changed in place: an update replaces one.</summary>
internal sealed class StandInCollection(string fullName)
{
    private readonly SortedDictionary<BsonValue, BsonDocument> _documents = new(BsonOrder.Instance);
    private readonly List<StandInIndex> _indexes = [];

    public IReadOnlyList<StandInIndex> Indexes => _indexes;

    public IEnumerable<BsonDocument> All => _documents.Values;

    public void CreateIndex(string name, BsonDocument keys, bool isUnique)
    {
        if (_indexes.Find(index => index.Name == name) is { } standing)
        {
            if (standing.Keys != keys || standing.IsUnique != isUnique)
            {
                throw new StandInError(86, "IndexKeySpecsConflict", $"an index {name} stands with other keys");
            }

            return;
        }

        var created = new StandInIndex(name, keys, isUnique);
        foreach (var document in All)
        {
            created.Add(document);
        }

        _indexes.Add(created);
    }

    /// <returns>The write error when a unique index refuses it; null: it is in.</returns>
    public BsonDocument? Insert(BsonDocument document)
    {
        if (Refusal(document, except: null) is { } refusal)
        {
            return refusal;
        }

        _documents.Add(document["_id"], document);
        _indexes.ForEach(index => index.Add(document));
        return null;
    }

    /// <inheritdoc cref="Insert"/>
    public BsonDocument? Replace(BsonDocument before, BsonDocument after)
    {
        if (Refusal(after, except: before) is { } refusal)
        {
            return refusal;
        }

        Delete(before);
        return Insert(after);
    }

    public void Delete(BsonDocument document)
    {
        _documents.Remove(document["_id"]);
        _indexes.ForEach(index => index.Remove(document));
    }

    /// <summary>What matches, sorted, not yet limited.</summary>
    public IEnumerable<BsonDocument> Find(BsonDocument filter, BsonDocument sort, BsonValue? hint, Expressions expressions)
    {
        if (filter.TryGetValue("_id", out var id) && !Filters.HasOperators(id))
        {
            return _documents.TryGetValue(id, out var document) && Filters.Matches(document, filter, expressions) ? [document] : [];
        }

        var index = hint is BsonString name
            ? _indexes.Find(candidate => candidate.Name == name.Value) ?? throw new StandInError(2, "BadValue", $"hint {hint} provided does not correspond to an existing index")
            : _indexes.OrderByDescending(candidate => candidate.Sorts(filter, sort)).ThenByDescending(candidate => candidate.Prefix(filter)).FirstOrDefault(candidate => candidate.Prefix(filter) > 0);
        var isSorted = index is not null && sort.ElementCount > 0 && index.Sorts(filter, sort);
        var descending = isSorted && sort[0].ToInt32() < 0;
        var candidates = index is null ? _documents.Values : index.Scan(filter, descending).Select(found => _documents[found]);
        var matching = candidates.Where(document => Filters.Matches(document, filter, expressions));
        return isSorted ? matching : Sort(matching, sort);
    }

    public static IEnumerable<BsonDocument> Sort(IEnumerable<BsonDocument> documents, BsonDocument sort)
    {
        IOrderedEnumerable<BsonDocument>? ordered = null;
        foreach (var (path, order) in sort.Select(element => (element.Name, element.Value.ToInt32())))
        {
            BsonValue Key(BsonDocument document) => BsonPath.Get(document, path) ?? BsonNull.Value;
            ordered = (ordered, order) switch
            {
                (null, > 0) => documents.OrderBy(Key, BsonOrder.Instance),
                (null, _) => documents.OrderByDescending(Key, BsonOrder.Instance),
                (_, > 0) => ordered.ThenBy(Key, BsonOrder.Instance),
                _ => ordered.ThenByDescending(Key, BsonOrder.Instance),
            };
        }

        return ordered ?? documents;
    }

    public StandInCollection Clone()
    {
        var clone = new StandInCollection(fullName);
        _indexes.ForEach(index => clone.CreateIndex(index.Name, index.Keys, index.IsUnique));
        foreach (var document in All)
        {
            clone.Insert(document);
        }

        return clone;
    }

    private BsonDocument? Refusal(BsonDocument document, BsonDocument? except)
    {
        if (except is null && _documents.ContainsKey(document["_id"]))
        {
            return Duplicate("_id_", new BsonDocument("_id", 1), [document["_id"]]);
        }

        foreach (var index in _indexes.Where(index => index.IsUnique))
        {
            var key = index.KeyOf(document);
            if (index.Has(key) && (except is null || BsonOrder.Instance.Compare(index.KeyOf(except), key) != 0))
            {
                return Duplicate(index.Name, index.Keys, key);
            }
        }

        return null;
    }

    private BsonDocument Duplicate(string index, BsonDocument keys, BsonValue[] key)
    {
        BsonDocument value = [.. keys.Names.Zip(key, (name, part) => new BsonElement(name, part))];
        return new BsonDocument
        {
            { "code", 11000 },
            { "keyPattern", keys },
            { "keyValue", value },
            { "errmsg", $"E11000 duplicate key error collection: {fullName} index: {index} dup key: {value}" },
        };
    }
}
