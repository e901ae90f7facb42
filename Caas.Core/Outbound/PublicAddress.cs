using System.Net;
using System.Net.Sockets;

namespace Caas.Core.Outbound;

/// <summary>Which addresses lie in the public Internet. Everything that is not known to is refused: loopback, private, link-local, shared (CGNAT), documentation, multicast, and IPv6 that wraps IPv4.</summary>
public static class PublicAddress
{
    /// <summary>Not global, by the special-purpose registry of IANA (RFC 6890 and later), and multicast and class E.</summary>
    private static readonly IPNetwork[] Closed4 =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        }.Select(IPNetwork.Parse),
    ];

    /// <summary>What IPv6 has given out for global use.</summary>
    private static readonly IPNetwork Global6 = IPNetwork.Parse("2000::/3");

    /// <summary>In it: protocol assignments (Teredo among them), documentation, 6to4, which wraps IPv4, and segment routing.</summary>
    private static readonly IPNetwork[] Closed6 = [.. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20" }.Select(IPNetwork.Parse)];

    /// <summary>Whether a host may lie in the Internet: false for an address that does not. Where names lead to is judged where the connection is made.</summary>
    /// <param name="host">Of an address, such as <c>example.com</c>, <c>10.0.0.1</c> or <c>::1</c>.</param>
    public static bool MayBe(string host) => !IPAddress.TryParse(host, out var address) || Is(address);

    public static bool Is(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return !Closed4.Any(network => network.Contains(address));
        }

        // Mapped (::ffff:0:0/96) is the IPv4 address itself to the system; NAT64 (64:ff9b::/96), unique local and link-local lie outside of 2000::/3.
        return address.AddressFamily == AddressFamily.InterNetworkV6 && !address.IsIPv4MappedToIPv6 && Global6.Contains(address) && !Closed6.Any(network => network.Contains(address));
    }
}
