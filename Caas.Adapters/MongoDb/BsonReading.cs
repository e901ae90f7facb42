using MongoDB.Bson;

namespace Caas.Adapters.MongoDb;

/// <summary>Reads what the stores write: times as BSON dates (milliseconds), absent and null alike.</summary>
internal static class BsonReading
{
    public static BsonDateTime ToBson(this DateTimeOffset time) => new(time.ToUnixTimeMilliseconds());

    public static BsonValue ToBson(this DateTimeOffset? time) => time is { } given ? given.ToBson() : BsonNull.Value;

    public static BsonValue OrNull(this string? text) => text is null ? BsonNull.Value : new BsonString(text);

    public static DateTimeOffset Time(this BsonDocument document, string field) => DateTimeOffset.FromUnixTimeMilliseconds(document[field].AsBsonDateTime.MillisecondsSinceEpoch);

    public static DateTimeOffset? TimeOrNull(this BsonDocument document, string field) =>
        document.GetValue(field, BsonNull.Value) is BsonDateTime time ? DateTimeOffset.FromUnixTimeMilliseconds(time.MillisecondsSinceEpoch) : null;

    public static string? TextOrNull(this BsonDocument document, string field) => document.GetValue(field, BsonNull.Value) is BsonString text ? text.Value : null;

    public static string Text(this BsonDocument document, string field) => document[field].AsString;

    public static long Number(this BsonDocument document, string field) => document[field].ToInt64();

    public static bool Flag(this BsonDocument document, string field) => document.GetValue(field, BsonBoolean.False).AsBoolean;

    public static IReadOnlyList<string> Texts(this BsonDocument document, string field) => [.. document[field].AsBsonArray.Select(item => item.AsString)];
}
