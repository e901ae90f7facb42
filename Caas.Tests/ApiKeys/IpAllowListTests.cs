using System.Net;
using Caas.Core.ApiKeys;
using Xunit;

namespace Caas.Tests.ApiKeys;

public sealed class IpAllowListTests
{
    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7", true)]
    [InlineData("192.0.2.7", "192.0.2.8", false)]
    [InlineData("192.0.2.0/24", "192.0.2.255", true)]
    [InlineData("192.0.2.77/24", "192.0.2.1", true)]
    [InlineData("192.0.2.0/24", "192.0.3.0", false)]
    [InlineData("10.0.0.0/9", "10.127.255.255", true)]
    [InlineData("10.0.0.0/9", "10.128.0.0", false)]
    [InlineData("0.0.0.0/0", "203.0.113.9", true)]
    [InlineData("0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("::/0", "2001:db8::1", true)]
    [InlineData("192.0.2.7", "::ffff:192.0.2.7", true)]
    [InlineData("::ffff:192.0.2.0/120", "192.0.2.9", true)]
    [InlineData("::ffff:192.0.2.0/120", "192.0.3.9", false)]
    [InlineData("2001:db8::/32", "2001:db8:1::5", true)]
    [InlineData("2001:db8::/33", "2001:db8:8000::5", false)]
    [InlineData("2001:DB8:0:0::1", "2001:db8::1", true)]
    public void Addresses_and_ranges_allow_what_they_hold(string entry, string address, bool allowed)
    {
        Assert.True(IpAllowList.IsValid(entry));
        Assert.Equal(allowed, IpAllowList.Allows([entry], IPAddress.Parse(address)));
        Assert.Equal(allowed, IpAllowList.Allows(["198.51.100.200", entry], IPAddress.Parse(address)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("10.1")]
    [InlineData("010.0.0.1")]
    [InlineData("0x0a.0.0.1")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/+8")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("2001:db8::/129")]
    [InlineData("::ffff:10.0.0.0/8")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[::1]")]
    [InlineData("example.com")]
    [InlineData(" 10.0.0.1")]
    public void Other_forms_are_not_valid(string entry)
    {
        Assert.False(IpAllowList.IsValid(entry));
        Assert.False(IpAllowList.Allows([entry], IPAddress.Parse("10.0.0.1")));
    }

    [Fact]
    public void No_list_allows_any_address_and_a_list_no_unknown_one()
    {
        Assert.True(IpAllowList.Allows([], null));
        Assert.True(IpAllowList.Allows([], IPAddress.Loopback));
        Assert.False(IpAllowList.Allows(["0.0.0.0/0", "::/0"], null));
    }
}
