using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Caas.Core.ApiKeys;

/// <summary>Addresses (<c>192.0.2.7</c>, <c>2001:db8::1</c>) and ranges (<c>192.0.2.0/24</c>) that an API key may be used from. IPv4-mapped IPv6 addresses count as IPv4.</summary>
internal static class IpAllowList
{
    public static bool IsValid(string? entry) => entry is not null && Parse(entry) is not null;

    /// <summary>Whether <paramref name="address"/> is allowed; an empty list allows any, and an unknown address no list.</summary>
    public static bool Allows(IReadOnlyList<string> list, IPAddress? address) =>
        list.Count == 0 || (address is not null && list.Any(entry => Parse(entry) is { } range && Contains(range, Plain(address))));

    private static (IPAddress Base, int Bits)? Parse(string entry)
    {
        var slash = entry.IndexOf('/', StringComparison.Ordinal);
        if (ParseAddress(slash < 0 ? entry : entry[..slash]) is not { } address)
        {
            return null;
        }

        var most = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var bits = most;
        if (slash >= 0 && (!int.TryParse(entry.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out bits) || bits > most))
        {
            return null;
        }

        return address.IsIPv4MappedToIPv6 ? bits >= 96 ? (address.MapToIPv4(), bits - 96) : null : (address, bits);
    }

    /// <summary>Only the usual forms: <c>IPAddress</c> would also take <c>1</c>, <c>0x7f.1</c> and scoped addresses.</summary>
    private static IPAddress? ParseAddress(string text) =>
        !text.Contains('%', StringComparison.Ordinal) && !text.Contains('[', StringComparison.Ordinal) && IPAddress.TryParse(text, out var address)
        && (address.AddressFamily == AddressFamily.InterNetworkV6 || address.ToString() == text)
            ? address
            : null;

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static bool Contains((IPAddress Base, int Bits) range, IPAddress address)
    {
        var (one, other) = (range.Base.GetAddressBytes(), address.GetAddressBytes());
        if (one.Length != other.Length)
        {
            return false;
        }

        var whole = range.Bits / 8;
        var mask = (byte)(0xff << (8 - (range.Bits % 8)));
        return one.AsSpan(0, whole).SequenceEqual(other.AsSpan(0, whole)) && (range.Bits % 8 == 0 || (one[whole] & mask) == (other[whole] & mask));
    }
}
