using System.Text.RegularExpressions;

namespace Caas.Core.Calls;

/// <summary>Addresses of STUN (RFC 7064) and TURN servers (RFC 7065).</summary>
internal static partial class IceUrls
{
    /// <summary>The most of each kind.</summary>
    public const int Most = 10;
    public const int LeastSecret = 8;
    public const int MostSecret = 512;
    private const int MostCharacters = 300;

    public static bool IsStun(string? url) => url is { Length: <= MostCharacters } && Stun().IsMatch(url);

    public static bool IsTurn(string? url) => url is { Length: <= MostCharacters } && Turn().IsMatch(url);

    [GeneratedRegex(@"\Astuns?:(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?\z", RegexOptions.NonBacktracking)]
    private static partial Regex Stun();

    [GeneratedRegex(@"\Aturns?:(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:\?transport=(?:udp|tcp))?\z", RegexOptions.NonBacktracking)]
    private static partial Regex Turn();
}
