using MongoDB.Bson;

namespace Caas.Tests.MongoDb.StandIn;

/// <summary>How MongoDB compares values: by type first, then by value; strings by their bytes.</summary>
internal sealed class BsonOrder : IComparer<BsonValue>, IComparer<BsonValue[]>
{
    public static readonly BsonOrder Instance = new();

    /// <summary>What stands for "of the same kind" in comparisons such as $gt.</summary>
    public static int Kind(BsonValue value) => value.BsonType switch
    {
        BsonType.MinKey => 0,
        BsonType.Undefined or BsonType.Null => 1,
        BsonType.Int32 or BsonType.Int64 or BsonType.Double or BsonType.Decimal128 => 2,
        BsonType.String or BsonType.Symbol => 3,
        BsonType.Document => 4,
        BsonType.Array => 5,
        BsonType.Binary => 6,
        BsonType.ObjectId => 7,
        BsonType.Boolean => 8,
        BsonType.DateTime => 9,
        BsonType.Timestamp => 10,
        BsonType.RegularExpression => 11,
        _ => 12,
    };

    public int Compare(BsonValue? x, BsonValue? y)
    {
        var (left, right) = (x ?? BsonNull.Value, y ?? BsonNull.Value);
        if (Kind(left).CompareTo(Kind(right)) is not 0 and var kinds)
        {
            return kinds;
        }

        return (left, right) switch
        {
            (BsonString a, BsonString b) => string.CompareOrdinal(a.Value, b.Value),
            (BsonArray a, BsonArray b) => Compare([.. a], [.. b]),
            (BsonDocument a, BsonDocument b) => Compare([.. a.Values], [.. b.Values]),
            _ => left.CompareTo(right),
        };
    }

    public int Compare(BsonValue[]? x, BsonValue[]? y)
    {
        for (var i = 0; i < Math.Min(x!.Length, y!.Length); i++)
        {
            if (Compare(x[i], y[i]) is not 0 and var order)
            {
                return order;
            }
        }

        return x.Length.CompareTo(y.Length);
    }
}
