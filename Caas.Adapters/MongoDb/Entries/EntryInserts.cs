using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Entries;

/// <summary>Which unique index refused an insert.</summary>
internal enum RefusedBy
{
    /// <summary>The place in the log was taken.</summary>
    Place,

    /// <summary>The client id was stored before.</summary>
    Client,

    /// <summary>The entry id was stored before.</summary>
    Id,

    /// <summary>The server's answer does not tell.</summary>
    Unknown,
}

/// <summary>Inserts entries and reads which ones unique indexes refused.</summary>
internal sealed class EntryInserts(MongoContext context)
{
    private readonly IMongoCollection<BsonDocument> _entries = context.Collection(Schema.Collections.Entries);

    /// <summary>Inserts documents in one command. When it returns a majority has all that were not refused; an ordered insert stops at the first refusal.</summary>
    /// <returns>What was refused, by index.</returns>
    /// <exception cref="Core.Entries.StoreUnavailableException">Some, all or none are stored.</exception>
    public Task<IReadOnlyDictionary<int, RefusedBy>> InsertAsync(IReadOnlyList<BsonDocument> documents, bool ordered) =>
        context.RunAsync<IReadOnlyDictionary<int, RefusedBy>>("append entries", async (session, within) =>
        {
            try
            {
                await _entries.InsertManyAsync(session, documents, new InsertManyOptions { IsOrdered = ordered }, within);
                return new Dictionary<int, RefusedBy>();
            }
            catch (MongoBulkWriteException exception) when (MongoFaults.IsDuplicates(exception))
            {
                return exception.WriteErrors.ToDictionary(error => error.Index, error => Index(error.Message));
            }
        }, CancellationToken.None);

    /// <summary>
    /// The server also says it as <c>keyPattern</c>, which the driver does not hand on for inserts. It is a hint of what to read, no more: what was refused is settled by
    /// what a read then finds.
    /// </summary>
    internal static RefusedBy Index(string message)
    {
        const string Marker = " index: ";
        var start = message.IndexOf(Marker, StringComparison.Ordinal);
        if (start < 0)
        {
            return RefusedBy.Unknown;
        }

        var name = message.AsSpan(start + Marker.Length);
        name = name.IndexOf(' ') is >= 0 and var end ? name[..end] : name;
        return name.SequenceEqual(Schema.Indexes.EntrySeq.Name) ? RefusedBy.Place
            : name.SequenceEqual(Schema.Indexes.EntryClient.Name) ? RefusedBy.Client
            : name.SequenceEqual("_id_") ? RefusedBy.Id
            : RefusedBy.Unknown;
    }
}
