using MongoDB.Bson;

namespace Caas.Tests.MongoDb.StandIn;

/// <summary>insert, update, delete, findAndModify, createIndexes. Callers hold the gate.</summary>
internal sealed class StandInWrites(StandInData data)
{
    public BsonDocument Write(StandInCommand command)
    {
        var name = $"{command.Database}.{command.Collection}";
        return command.Name switch
        {
            "insert" => Insert(name, command.Body),
            "update" => Each(command.Body, "updates", update => Update(name, update)),
            "delete" => Each(command.Body, "deletes", delete => Delete(name, delete)),
            "findAndModify" => FindAndModify(name, command.Body),
            "createIndexes" => CreateIndexes(name, command.Body),
            _ => throw StandInError.NotSupported($"command {command.Name}"),
        };
    }

    private BsonDocument Insert(string name, BsonDocument body)
    {
        var collection = data.Live(name);
        return Each(body, "documents", document =>
        {
            if (collection.Insert(document) is { } error)
            {
                return (0, 0, error, null);
            }

            data.Note(data.Time.Tick(), name, document);
            return (1, 0, null, null);
        });
    }

    private (int N, int Modified, BsonDocument? Error, BsonValue? Upserted) Update(string name, BsonDocument update)
    {
        var (collection, expressions) = (data.Live(name), new Expressions(data.Time.Wall));
        var matching = collection.Find(update["q"].AsBsonDocument, [], update.GetValue("hint", BsonNull.Value), expressions).ToList();
        if (!update.GetValue("multi", false).ToBoolean())
        {
            matching = matching[..Math.Min(1, matching.Count)];
        }

        if (matching.Count == 0 && update.GetValue("upsert", false).ToBoolean())
        {
            var (inserted, error) = Upsert(name, update["q"].AsBsonDocument, update["u"], expressions);
            return error is null ? (1, 0, null, inserted["_id"]) : (0, 0, error, null);
        }

        foreach (var document in matching)
        {
            data.Time.Tick();
            if (collection.Replace(document, Updates.Apply(document, update["u"], isInsert: false, expressions)) is { } error)
            {
                return (0, 0, error, null);
            }
        }

        return (matching.Count, matching.Count, null, null);
    }

    private (BsonDocument Inserted, BsonDocument? Error) Upsert(string name, BsonDocument filter, BsonValue update, Expressions expressions)
    {
        var seed = Updates.Seed(filter);
        if (!seed.Contains("_id"))
        {
            seed.InsertAt(0, new BsonElement("_id", ObjectId.GenerateNewId()));
        }

        var document = Updates.Apply(seed, update, isInsert: true, expressions);
        var error = data.Live(name).Insert(document);
        if (error is null)
        {
            data.Note(data.Time.Tick(), name, document);
        }

        return (document, error);
    }

    private (int N, int Modified, BsonDocument? Error, BsonValue? Upserted) Delete(string name, BsonDocument delete)
    {
        var collection = data.Live(name);
        var matching = collection.Find(delete["q"].AsBsonDocument, [], BsonNull.Value, new Expressions(data.Time.Wall)).ToList();
        if (delete["limit"].ToInt32() == 1)
        {
            matching = matching[..Math.Min(1, matching.Count)];
        }

        foreach (var document in matching)
        {
            data.Time.Tick();
            collection.Delete(document);
        }

        return (matching.Count, 0, null, null);
    }

    private BsonDocument FindAndModify(string name, BsonDocument body)
    {
        var (collection, expressions, filter) = (data.Live(name), new Expressions(data.Time.Wall), body["query"].AsBsonDocument);
        var before = collection.Find(filter, [], BsonNull.Value, expressions).FirstOrDefault();
        BsonDocument? after = null;
        BsonDocument? error = null;
        if (before is not null)
        {
            data.Time.Tick();
            after = Updates.Apply(before, body["update"], isInsert: false, expressions);
            error = collection.Replace(before, after);
        }
        else if (body.GetValue("upsert", false).ToBoolean())
        {
            (after, error) = Upsert(name, filter, body["update"], expressions);
        }

        if (error is not null)
        {
            throw new StandInError(11000, "DuplicateKey", error["errmsg"].AsString);
        }

        var value = body.GetValue("new", false).ToBoolean() ? after : before;
        return new() { { "value", (BsonValue?)value ?? BsonNull.Value }, { "lastErrorObject", new BsonDocument { { "n", after is null ? 0 : 1 }, { "updatedExisting", before is not null } } } };
    }

    private BsonDocument CreateIndexes(string name, BsonDocument body)
    {
        data.Time.Tick();
        var collection = data.Live(name);
        foreach (var index in body["indexes"].AsBsonArray.Cast<BsonDocument>())
        {
            collection.CreateIndex(index["name"].AsString, index["key"].AsBsonDocument, index.GetValue("unique", false).ToBoolean());
        }

        return [];
    }

    private static BsonDocument Each(BsonDocument body, string field, Func<BsonDocument, (int N, int Modified, BsonDocument? Error, BsonValue? Upserted)> write)
    {
        var (n, modified, errors, upserted) = (0, 0, new BsonArray(), new BsonArray());
        var ordered = body.GetValue("ordered", true).ToBoolean();
        foreach (var (i, statement) in body[field].AsBsonArray.Cast<BsonDocument>().Index())
        {
            var result = write(statement);
            (n, modified) = (n + result.N, modified + result.Modified);
            if (result.Upserted is { } id)
            {
                upserted.Add(new BsonDocument { { "index", i }, { "_id", id } });
            }

            if (result.Error is { } error)
            {
                errors.Add(new BsonDocument("index", i).Merge(error));
                if (ordered)
                {
                    break;
                }
            }
        }

        var reply = new BsonDocument("n", n);
        reply.Add("nModified", modified, field == "updates");
        reply.Add("upserted", upserted, upserted.Count > 0);
        return reply.Add("writeErrors", errors, errors.Count > 0);
    }
}
