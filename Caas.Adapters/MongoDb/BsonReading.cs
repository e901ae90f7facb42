using System.Text.Json;
using MongoDB.Bson;

namespace Caas.Adapters.MongoDb;

/// <summary>Reads and writes values: times as BSON dates (milliseconds), enums as camelCase text, absent and null alike.</summary>
internal static class BsonReading
{
    public static BsonDateTime ToBson(this DateTimeOffset time) => new(time.ToUnixTimeMilliseconds());

    public static BsonValue ToBson(this DateTimeOffset? time) => time is { } given ? given.ToBson() : BsonNull.Value;

    public static BsonValue ToBson(this long? number) => number is { } given ? new BsonInt64(given) : BsonNull.Value;

    public static BsonArray ToBson(this IEnumerable<string> texts) => new(texts);

    public static BsonString ToBson<TEnum>(this TEnum value)
        where TEnum : struct, Enum => new(JsonNamingPolicy.CamelCase.ConvertName(value.ToString()));

    public static BsonValue OrNull(this string? text) => text is null ? BsonNull.Value : new BsonString(text);

    public static DateTimeOffset Time(this BsonDocument document, string field) => ToTime(document[field].AsBsonDateTime);

    public static DateTimeOffset? TimeOrNull(this BsonDocument document, string field) => document.GetValue(field, BsonNull.Value) is BsonDateTime time ? ToTime(time) : null;

    public static string? TextOrNull(this BsonDocument document, string field) => document.GetValue(field, BsonNull.Value) is BsonString text ? text.Value : null;

    public static string Text(this BsonDocument document, string field) => document[field].AsString;

    public static IReadOnlyList<string> Texts(this BsonDocument document, string field) => [.. document[field].AsBsonArray.Select(item => item.AsString)];

    public static long Number(this BsonDocument document, string field) => document[field].ToInt64();

    public static long? NumberOrNull(this BsonDocument document, string field) => document.GetValue(field, BsonNull.Value) is { IsNumeric: true } number ? number.ToInt64() : null;

    public static bool Flag(this BsonDocument document, string field) => document[field].AsBoolean;

    public static TEnum Enum<TEnum>(this BsonDocument document, string field)
        where TEnum : struct, Enum => System.Enum.Parse<TEnum>(document[field].AsString, ignoreCase: true);

    private static DateTimeOffset ToTime(BsonDateTime time) => DateTimeOffset.FromUnixTimeMilliseconds(time.MillisecondsSinceEpoch);
}
