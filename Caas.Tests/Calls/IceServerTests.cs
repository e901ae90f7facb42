using System.Security.Cryptography;
using System.Text;
using Caas.Core;
using Caas.Core.Callers;
using Caas.Core.Calls;
using Caas.Core.Refusals;
using Caas.Core.Tenants;
using Caas.Tests.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Calls;

/// <summary>STUN and TURN servers: whose, and with what credentials.</summary>
public sealed class IceServerTests : IAsyncLifetime
{
    private const string Secret = "shared-with-the-turn-servers";
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    private readonly FakeTimeProvider _clock = new(Now);
    private readonly CorePlatform _platform;
    private Caller _alice = null!;

    public IceServerTests() => _platform = new(configure: services =>
    {
        services.AddSingleton<TimeProvider>(_clock);
        services.AddSingleton(Options.Create(new CallOptions { StunUrls = ["stun:stun.platform.example"], TurnUrls = ["turn:turn.platform.example"], TurnSecret = "the-platforms-own-secret", TurnLifetime = TimeSpan.FromHours(1) }));
    });

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    private IceServerService Servers => _platform.Get<IceServerService>();

    private TurnServerService Own => _platform.Get<TurnServerService>();

    public async ValueTask InitializeAsync()
    {
        await _platform.Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Acme", "acme"), Cancelled);
        _alice = await _platform.UserAsync("alice");
    }

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task The_platforms_servers_come_with_credentials_of_the_user_that_end()
    {
        var servers = await Servers.GetAsync(_alice, Cancelled);
        Assert.Equal(["stun:stun.platform.example"], servers.IceServers[0].Urls);
        Assert.Null(servers.IceServers[0].Username);
        Assert.Equal(Now.AddHours(1), servers.ExpiresAt);
        Assert.Equal($"{Now.AddHours(1).ToUnixTimeSeconds()}:acme:alice", servers.IceServers[1].Username);
        Assert.Equal(Password("the-platforms-own-secret", servers.IceServers[1].Username!), servers.IceServers[1].Credential);
        Assert.Equal("on_behalf_of_required", (await Assert.ThrowsAsync<RefusedException>(() => Servers.GetAsync(CorePlatform.Backend(), Cancelled))).Refusal.Code);
    }

    [Fact]
    public async Task A_tenants_own_servers_go_first_until_they_are_taken_away()
    {
        var put = await Own.PutAsync(CorePlatform.Backend(), new(null, ["turns:turn.acme.example:443?transport=tcp"], Secret, 600), Cancelled);
        Assert.True(put.HasSecret);
        var own = await Servers.GetAsync(_alice, Cancelled);
        var server = Assert.Single(own.IceServers);
        Assert.Equal((Now.AddMinutes(10), Password(Secret, server.Username!)), (own.ExpiresAt, server.Credential));

        // A secret that is not named stays, and it is nowhere to be read.
        await Own.PutAsync(CorePlatform.Backend(), new(["stun:stun.acme.example"], ["turn:[::1]:3478"]), Cancelled);
        var changed = await Servers.GetAsync(_alice, Cancelled);
        Assert.Equal(Password(Secret, changed.IceServers[1].Username!), changed.IceServers[1].Credential);
        var stored = await _platform.Get<ITenantStore>().FindAsync(new("acme"), Cancelled);
        Assert.DoesNotContain(Secret, stored!.TurnServers.Sealed!, StringComparison.Ordinal);

        await Own.DeleteAsync(CorePlatform.Backend(), Cancelled);
        await Own.DeleteAsync(CorePlatform.Backend(), Cancelled);
        Assert.Equal(2, (await Servers.GetAsync(_alice, Cancelled)).IceServers.Count);
        Assert.False((await Own.GetAsync(CorePlatform.Backend(), Cancelled)).HasSecret);
    }

    [Fact]
    public async Task What_cannot_be_is_told_field_by_field()
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() => Own.PutAsync(CorePlatform.Backend(), new(["stun:a b"], ["http://turn"], "short", 5), Cancelled));
        Assert.Equal(["credentialSeconds", "secret", "stunUrls", "turnUrls"], refused.Errors!.Keys.Order());
        Assert.Contains("secret", (await Assert.ThrowsAsync<RefusedException>(() => Own.PutAsync(CorePlatform.Backend(), new(TurnUrls: ["turn:turn.acme.example"]), Cancelled))).Errors!.Keys);
        Assert.Equal("not_allowed", (await Assert.ThrowsAsync<RefusedException>(() => Own.GetAsync(_alice, Cancelled))).Refusal.Code);
    }

    [Fact]
    public async Task A_real_turn_server_takes_the_credentials_and_no_others()
    {
        await using var server = TurnServer.Start(Secret);
        _clock.SetUtcNow(TimeProvider.System.GetUtcNow());
        await Own.PutAsync(CorePlatform.Backend(), new(TurnUrls: [$"turn:127.0.0.1:{server.Port}"], Secret: Secret), Cancelled);
        var (username, password) = (await Servers.GetAsync(await _platform.UserAsync("a:b@example.com"), Cancelled)).IceServers is [{ } only] ? (only.Username!, only.Credential!) : default;
        using (var client = new StunClient(server.Port))
        {
            Assert.InRange((await client.AllocateAsync(username, password, Cancelled)).RelayedPort ?? 0, 1, 65_535);
        }

        using (var thief = new StunClient(server.Port))
        {
            Assert.Equal(401, (await thief.AllocateAsync(username.Replace(":acme:", ":other:", StringComparison.Ordinal), password, Cancelled)).Error);
        }

        var (late, latePassword) = TurnCredentials.Create(Encoding.UTF8.GetBytes(Secret), new("acme"), new("alice"), TimeProvider.System.GetUtcNow().AddMinutes(-5));
        using var latecomer = new StunClient(server.Port);
        Assert.Equal(401, (await latecomer.AllocateAsync(late, latePassword, Cancelled)).Error);
    }

    [Theory]
    [InlineData("StunUrls:0", "turn:here")]
    [InlineData("TurnUrls:0", "turn:turn.example.com")] // Without a secret.
    [InlineData("TurnLifetime", "00:00:01")]
    public void A_wrong_setting_stops_the_host_and_is_named(string setting, string value)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection([new($"Caas:Calls:{setting}", value)]).Build());
        services.AddLogging();
        services.AddMetrics();
        services.AddCaasCore();
        using var provider = services.BuildServiceProvider();
        var failure = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IOptions<CallOptions>>().Value);
        Assert.Contains(setting == "TurnUrls:0" ? "TurnSecret" : setting.Split(':')[0], failure.Message, StringComparison.Ordinal);
    }

    private static string Password(string secret, string username)
    {
#pragma warning disable CA5350 // As TURN servers compute it.
        return Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(username)));
#pragma warning restore CA5350
    }
}
