using MongoDB.Bson;

namespace Caas.Tests.MongoDb.StandIn;

/// <summary>find and aggregate: everything in the first batch.</summary>
internal sealed class StandInReads(StandInData data)
{
    public BsonDocument Read(StandInCommand command)
    {
        var name = $"{command.Database}.{command.Collection}";
        lock (data.Gate)
        {
            var collection = command.IsMajorityRead ? data.Majority(name) : data.Live(name);
            var documents = command.Name == "find" ? Find(collection, command.Body) : Aggregate(collection, command.Body);
            return new("cursor", new BsonDocument { { "id", 0L }, { "ns", name }, { "firstBatch", new BsonArray(documents) } });
        }
    }

    private List<BsonDocument> Find(StandInCollection collection, BsonDocument body)
    {
        var filter = body.GetValue("filter", new BsonDocument()).AsBsonDocument;
        var sort = body.GetValue("sort", new BsonDocument()).AsBsonDocument;
        var found = collection.Find(filter, sort, body.GetValue("hint", BsonNull.Value), new Expressions(data.Time.Wall));
        var limit = body.GetValue("limit", 0).ToInt32();
        return [.. (limit > 0 ? found.Take(limit) : found).Select(document => Project(document, body.GetValue("projection", new BsonDocument()).AsBsonDocument))];
    }

    private List<BsonDocument> Aggregate(StandInCollection collection, BsonDocument body)
    {
        var expressions = new Expressions(data.Time.Wall);
        var stages = body["pipeline"].AsBsonArray.Select(stage => stage.AsBsonDocument.GetElement(0)).ToList();
        var filter = stages is [{ Name: "$match" }, ..] ? stages[0].Value.AsBsonDocument : [];
        var documents = collection.Find(filter, [], body.GetValue("hint", BsonNull.Value), expressions);
        foreach (var stage in stages.Skip(filter.ElementCount > 0 ? 1 : 0))
        {
            documents = stage.Name switch
            {
                "$match" => documents.Where(document => Filters.Matches(document, stage.Value.AsBsonDocument, expressions)),
                "$sort" => StandInCollection.Sort(documents, stage.Value.AsBsonDocument),
                "$limit" => documents.Take(stage.Value.ToInt32()),
                "$project" => documents.Select(document => Project(document, stage.Value.AsBsonDocument)),
                "$group" => Groups.Apply(documents, stage.Value.AsBsonDocument, expressions),
                _ => throw StandInError.NotSupported($"stage {stage.Name}"),
            };
        }

        return documents.ToList();
    }

    /// <summary>Inclusion or exclusion of fields.</summary>
    public static BsonDocument Project(BsonDocument document, BsonDocument projection)
    {
        var fields = projection.Where(field => field.Name != "_id").ToList();
        var withId = projection.GetValue("_id", 1).ToBoolean();
        if (fields.Count == 0 || !fields[0].Value.ToBoolean())
        {
            var rest = document.DeepClone().AsBsonDocument;
            fields.ForEach(field => BsonPath.Unset(rest, field.Name));
            rest.Elements.Where(element => element.Name == "_id" && !withId).ToList().ForEach(rest.RemoveElement);
            return rest;
        }

        var result = new BsonDocument();
        foreach (var path in fields.Select(field => field.Name).Prepend(withId ? "_id" : ""))
        {
            if (path.Length > 0 && BsonPath.Get(document, path) is { } value)
            {
                BsonPath.Set(result, path, value);
            }
        }

        return result;
    }
}
