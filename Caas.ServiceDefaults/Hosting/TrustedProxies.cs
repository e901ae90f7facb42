using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;

namespace Caas.ServiceDefaults;

/// <summary>Whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed.</summary>
public static class TrustedProxies
{
    /// <summary>Believes these addresses and CIDR ranges, and nobody else.</summary>
    public static void Trust(this ForwardedHeadersOptions forwarded, IReadOnlyList<string> proxies)
    {
        // With no proxy known, ASP.NET Core would believe everybody: an address that anyone can choose guards no key.
        forwarded.ForwardedHeaders = proxies.Count > 0 ? ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto : ForwardedHeaders.None;
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
        {
            if (TryParse(proxy, out var network))
            {
                forwarded.KnownIPNetworks.Add(network);
            }
        }
    }

    /// <summary>What is wrong with such a setting.</summary>
    public static IEnumerable<ValidationResult> Validate(IReadOnlyList<string> proxies, string name) => proxies
        .Where(proxy => !TryParse(proxy, out _)).Select(proxy => new ValidationResult($"{name}: '{proxy}' is neither an address nor a CIDR range.", [name]));

    /// <summary>An address, or a CIDR range.</summary>
    public static bool TryParse(string text, out System.Net.IPNetwork network)
    {
        if (IPAddress.TryParse(text, out var address))
        {
            network = new System.Net.IPNetwork(address, address.GetAddressBytes().Length * 8);
            return true;
        }

        return System.Net.IPNetwork.TryParse(text, out network);
    }
}
