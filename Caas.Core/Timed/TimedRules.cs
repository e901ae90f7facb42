namespace Caas.Core.Timed;

/// <summary>What all items have in common.</summary>
internal static class TimedRules
{
    public static readonly TimeSpan Furthest = TimeSpan.FromDays(366);

    public static Validation At(Validation validation, DateTimeOffset at, DateTimeOffset now, string field) =>
        validation.Check(at > now && at - now <= Furthest, field, $"must be in the future, at most {Furthest.TotalDays:0} days ahead");

    /// <summary>As stores keep it.</summary>
    public static DateTimeOffset Whole(DateTimeOffset at) => DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds());
}
