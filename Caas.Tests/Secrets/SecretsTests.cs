using System.Text;
using Caas.Core.Secrets;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Xunit;

namespace Caas.Tests.Secrets;

public sealed class SecretsTests
{
    private const string Master = "a master key of the tests, 32 bytes or more";

    [Fact]
    public void A_sealed_secret_is_opened_with_the_same_key_and_purpose_only()
    {
        var sealer = Sealer(Master);
        var secret = Encoding.UTF8.GetBytes("a secret");
        var text = sealer.Seal(secret, "signing-key/a");
        Assert.StartsWith("v1:", text, StringComparison.Ordinal);
        Assert.NotEqual(text, sealer.Seal(secret, "signing-key/a"));
        Assert.Equal(secret, Sealer(Master).Unseal(text, "signing-key/a"));
        Assert.Throws<InvalidOperationException>(() => sealer.Unseal(text, "signing-key/b"));
        Assert.Throws<InvalidOperationException>(() => Sealer("another master key, also 32 bytes or more").Unseal(text, "signing-key/a"));
        Assert.Throws<InvalidOperationException>(() => Sealer(null).Unseal(text, "signing-key/a"));
    }

    [Fact]
    public void A_sealed_secret_that_was_changed_anywhere_does_not_open()
    {
        var sealer = Sealer(Master);
        var text = sealer.Seal([1, 2, 3], "x");
        for (var i = 3; i < text.Length - 1; i++)
        {
            var changed = text[..i] + (text[i] == 'A' ? 'B' : 'A') + text[(i + 1)..];
            Assert.Throws<InvalidOperationException>(() => sealer.Unseal(changed, "x"));
        }

        foreach (var wrong in new[] { "v1:", "v1:AAAA", "v1:*", "v2:AAAA", "", "AAAA", text + "A", text[..^4] })
        {
            Assert.Throws<InvalidOperationException>(() => sealer.Unseal(wrong, "x"));
        }
    }

    [Fact]
    public void Without_a_master_key_a_secret_is_marked_as_plain_and_can_be_read_with_one_later()
    {
        var text = Sealer(null).Seal([1, 2, 3], "x");
        Assert.Equal("plain:AQID", text);
        Assert.Equal([1, 2, 3], Sealer(Master).Unseal(text, "x"));
    }

    [Theory]
    [InlineData("Production", "change_this_admin_key_please", null, null, "Caas:AdminKey")]
    [InlineData("Production", null, "CHANGE_THIS_master_key_before_you_start_it", null, "Caas:MasterKey")]
    [InlineData("Production", null, null, "caas_secret_2026_caas_secret_2026_", "JWT_SECRET")]
    [InlineData("Production", "x-caas_secret_2026", null, null, "Caas:AdminKey")]
    [InlineData("Development", "short", null, null, "Caas:AdminKey")]
    [InlineData("Development", null, "31 bytes, one too few for this.", null, "Caas:MasterKey")]
    [InlineData("Development", null, null, "caas_secret_2026", "JWT_SECRET")]
    [InlineData("Development", "change_this_admin_key_please", null, "caas_secret_2026_caas_secret_2026_", null)]
    [InlineData("Production", "an admin key of its own", "a master key of its own, 32 bytes or more", "a secret of its own, of 32 bytes or more", null)]
    [InlineData("Production", null, null, null, null)]
    public void Secrets_that_are_short_or_public_are_named(string environment, string? admin, string? master, string? jwt, string? named)
    {
        var result = new PlatformSecretsValidator(new Environment(environment)).Validate(null, new() { AdminKey = admin, MasterKey = master, JwtSecret = jwt });
        Assert.Equal(named is null, result.Succeeded);
        Assert.True(named is null || Assert.Single(result.Failures!).StartsWith(named, StringComparison.Ordinal));
        Assert.DoesNotContain(admin ?? master ?? jwt ?? "nothing", result.FailureMessage ?? "", StringComparison.Ordinal);
    }

    private static KeySealer Sealer(string? master) => new(Options.Create(new PlatformSecrets { MasterKey = master }));

    private sealed class Environment(string name) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = name;

        public string ApplicationName { get; set; } = "tests";

        public string ContentRootPath { get; set; } = "";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
