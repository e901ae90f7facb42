using Caas.Gateway;
using Caas.ServiceDefaults;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Xunit;

namespace Caas.Tests.Gateway;

public sealed class GatewayOptionsTests
{
    [Fact]
    public void Without_settings_the_defaults_stand()
    {
        var options = Read([]);
        Assert.Equal((3000, 3001, TimeSpan.FromSeconds(30)), (options.Port, options.MetricsPort, options.RequestTimeout));
    }

    [Theory]
    [InlineData("Port", "70000", "Port")]
    [InlineData("Port", "-1", "Port")]
    [InlineData("MetricsPort", "3000", "MetricsPort")]
    [InlineData("RequestTimeout", "00:00:00", "RequestTimeout")]
    [InlineData("TrustedProxies:0", "nowhere", "TrustedProxies")]
    [InlineData("TrustedProxies:0", "10.0.0.0/33", "TrustedProxies")]
    public void A_bad_value_stops_the_host_and_is_named(string setting, string value, string named)
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Read(new() { [$"Caas:Gateway:{setting}"] = value }));
        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_of_the_wrong_type_stops_the_host_and_is_named()
    {
        var refused = Assert.Throws<SetupException>(() => Read(new() { ["Caas:Gateway:Port"] = "many" }));
        Assert.Contains("Caas:Gateway:Port", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1", true)]
    [InlineData("10.0.0.0/8", "10.9.9.9", true)]
    [InlineData("10.0.0.0/8", "11.0.0.1", false)]
    [InlineData("::1", "::1", true)]
    public void Proxies_are_addresses_or_ranges(string network, string address, bool inside)
    {
        Assert.True(TrustedProxies.TryParse(network, out var parsed));
        Assert.Equal(inside, parsed.Contains(System.Net.IPAddress.Parse(address)));
    }

    private static GatewayOptions Read(Dictionary<string, string?> settings) => GatewayOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
}
