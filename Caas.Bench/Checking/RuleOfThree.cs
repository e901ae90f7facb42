using System.Globalization;

namespace Caas.Bench.Checking;

/// <summary>What a zero supports.</summary>
/// <remarks>The "rule of three": Hanley and Lippman-Hand, If Nothing Goes Wrong, Is Everything All Right?, JAMA 249 (1983).</remarks>
public static class RuleOfThree
{
    /// <summary>The upper 95 % bound of a probability of which <paramref name="trials"/> independent trials showed nothing; 1 where there were fewer than three.</summary>
    public static double UpperBound(long trials) => trials < 3 ? 1 : 3.0 / trials;

    /// <summary>Such as <c>0 of 12,000 (below 0.025 % with 95 % confidence)</c>.</summary>
    public static string Words(long found, long trials)
    {
        var counted = string.Create(CultureInfo.InvariantCulture, $"{found:#,0} of {trials:#,0}");
        return found > 0 || trials == 0 ? counted : $"{counted} (below {TwoDigits(UpperBound(trials) * 100)} % with 95 % confidence)";
    }

    /// <summary>Two digits that count, without an exponent: 100, 3.4, 0.025.</summary>
    private static string TwoDigits(double value) => value.ToString($"0.{new string('#', Math.Max(0, 1 - (int)Math.Floor(Math.Log10(value))))}", CultureInfo.InvariantCulture);
}
