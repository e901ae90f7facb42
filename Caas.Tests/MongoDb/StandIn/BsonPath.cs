using MongoDB.Bson;

namespace Caas.Tests.MongoDb.StandIn;

/// <summary>Dotted field paths.</summary>
internal static class BsonPath
{
    /// <returns>Null when there is no such field.</returns>
    public static BsonValue? Get(BsonDocument document, string path)
    {
        BsonValue current = document;
        foreach (var part in path.Split('.'))
        {
            if (current is not BsonDocument inner || !inner.TryGetValue(part, out current!))
            {
                return null;
            }
        }

        return current;
    }

    public static void Set(BsonDocument document, string path, BsonValue value)
    {
        var parts = path.Split('.');
        foreach (var part in parts[..^1])
        {
            if (!document.TryGetValue(part, out var inner))
            {
                document[part] = inner = new BsonDocument();
            }

            document = inner.AsBsonDocument;
        }

        document[parts[^1]] = value;
    }

    public static void Unset(BsonDocument document, string path)
    {
        var at = path.LastIndexOf('.');
        if (at < 0)
        {
            document.Remove(path);
        }
        else if (Get(document, path[..at]) is BsonDocument inner)
        {
            inner.Remove(path[(at + 1)..]);
        }
    }
}
