using Microsoft.Extensions.Primitives;

namespace Caas.Core.Tenants;

/// <summary>The <c>Origin</c> header of browsers (RFC 6454): visible ASCII. Anything else comes from no browser, and cannot be written back into a header.</summary>
public static class CorsOrigin
{
    public static bool IsWritable(string origin) => origin.Length > 0 && !origin.AsSpan().ContainsAnyExceptInRange('!', '~');

    /// <summary>What was sent; empty: nothing, or what no browser sends.</summary>
    public static string Read(StringValues header) => header.ToString() is var sent && IsWritable(sent) ? sent : "";
}
