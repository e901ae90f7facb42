using Caas.Core.Feed;
using MongoDB.Bson;

namespace Caas.Adapters.MongoDb.Feed;

/// <summary>
/// What a <see cref="SourcePosition"/> of this store says: where the change stream goes on, and, while the collection is being scanned for older entries, how far the scan is.
/// </summary>
/// <param name="Token">The change stream's resume token.</param>
/// <param name="Scan">Null: there is nothing to scan.</param>
internal sealed record SourcePlace(BsonDocument Token, ScanPlace? Scan)
{
    private const string Prefix = "mongodb:";

    public SourcePosition Position => new(Prefix + ToBson().ToJson());

    /// <exception cref="SourcePositionLostException">It is not one of ours.</exception>
    public static SourcePlace Parse(SourcePosition position)
    {
        if (position.Value.StartsWith(Prefix, StringComparison.Ordinal) && BsonDocument.TryParse(position.Value[Prefix.Length..], out var document)
            && document.GetValue("token", BsonNull.Value) is BsonDocument token)
        {
            return new(token, document.GetValue("scan", BsonNull.Value) is BsonDocument scan ? ScanPlace.Read(scan) : null);
        }

        throw new SourcePositionLostException("The position is not one of a MongoDB source.");
    }

    private BsonDocument ToBson()
    {
        var document = new BsonDocument("token", Token);
        return Scan is null ? document : document.Add("scan", Scan.ToBson());
    }
}

/// <summary>How far a scan is: entries behind this one in (tenant, log, seq) are still to come.</summary>
/// <param name="From">Older entries are left out.</param>
internal sealed record ScanPlace(DateTimeOffset From, string Tenant, string Log, long Seq)
{
    public static ScanPlace Begin(DateTimeOffset from) => new(from, "", "", 0);

    public static ScanPlace Read(BsonDocument document) => new(document.Time("from"), document.Text("tenant"), document.Text("log"), document.Number("seq"));

    public BsonDocument ToBson() => new() { { "from", From.ToBson() }, { "tenant", Tenant }, { "log", Log }, { "seq", Seq } };
}
