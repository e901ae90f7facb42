using System.Text.Json;
using Caas.Core.Refusals;
using Caas.Core.Tokens;
using Caas.Tests.Callers;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Caas.Tests.Callers.IdentityPlatform;

namespace Caas.Tests.Tokens;

public sealed class SigningKeyTests
{
    private const string MasterKey = "a master key of the tests, 32 bytes or more";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_several_processes_that_start_at_once_one_makes_the_first_key()
    {
        await using var one = new IdentityPlatform();
        await using var two = new IdentityPlatform(one);
        await using var three = new IdentityPlatform(one);
        var sets = await Task.WhenAll(new[] { one, two, three, one }.Select(async platform => await platform.Get<SigningKeyRing>().CurrentAsync(Cancelled)));
        Assert.Single(sets.Select(set => set.Signing.Kid).Distinct());
        Assert.Single(await one.Get<ISigningKeyStore>().ListAsync(Cancelled));
    }

    [Fact]
    public async Task After_a_rotation_the_new_key_signs_and_the_old_one_verifies_until_its_tokens_ended()
    {
        await using var one = await WithTenantAsync();
        await using var other = await one.AnotherAsync();
        await one.Tenants.PutSettingsAsync(Backend(), new() { MaxTokenLifetimeSeconds = 604_800 }, Cancelled);
        var old = (await other.TokenAsync(seconds: 604_800)).Token;
        var kid = await one.Get<SigningKeyService>().RotateAsync(Admin, Cancelled);
        var renewed = (await one.TokenAsync(seconds: 604_800)).Token;
        Assert.Equal(kid, Kid(renewed));
        Assert.NotEqual(kid, Kid(old));
        Assert.Equal(2, (await JwksAsync(one)).Length);

        // The other process learns of the key by the token that names it; it looks at most every few seconds.
        one.Clock.Advance(TimeSpan.FromSeconds(4));
        await other.CallerAsync(renewed);
        await other.CallerAsync(old);
        Assert.Equal(kid, Kid((await other.TokenAsync()).Token));

        one.Clock.Advance(TimeSpan.FromDays(7) - TimeSpan.FromSeconds(5));
        await one.CallerAsync(old);
        one.Clock.Advance(TimeSpan.FromSeconds(5));
        await RefusedAsync(() => one.CallerAsync(old), Refusal.TokenExpired);
        one.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal([kid], await JwksAsync(one));
        await RefusedAsync(() => one.CallerAsync(old), Refusal.Unauthenticated);
    }

    [Fact]
    public async Task A_process_signs_with_a_new_key_within_a_minute()
    {
        await using var one = await WithTenantAsync();
        await using var other = await one.AnotherAsync();
        var old = Kid((await other.TokenAsync()).Token);
        var kid = await one.Get<SigningKeyService>().RotateAsync(Admin, Cancelled);
        Assert.Equal(old, Kid((await other.TokenAsync()).Token));
        one.Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(kid, Kid((await other.TokenAsync()).Token));
    }

    [Fact]
    public async Task Only_the_admin_rotates()
    {
        await using var platform = await WithTenantAsync();
        await RefusedAsync(() => platform.Get<SigningKeyService>().RotateAsync(Backend(), Cancelled), Refusal.NotAllowed);
    }

    [Fact]
    public async Task Tokens_with_unknown_keys_do_not_make_the_store_work()
    {
        CountingKeyStore? store = null;
        await using var platform = await WithTenantAsync("acme", services => services.AddSingleton<ISigningKeyStore>(provider =>
            store = new CountingKeyStore(ActivatorUtilities.CreateInstance<Caas.Adapters.Sqlite.Tokens.SqliteSigningKeyStore>(provider))));
        await using var another = await WithTenantAsync();
        await platform.TokenAsync();
        var foreign = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ => (await another.TokenAsync()).Token));
        platform.Clock.Advance(TimeSpan.FromSeconds(10));
        var read = store!.Reads;
        foreach (var token in foreign)
        {
            await RefusedAsync(() => platform.CallerAsync(token), Refusal.Unauthenticated);
        }

        Assert.Equal(read + 1, store.Reads);
    }

    [Fact]
    public async Task With_a_master_key_the_store_holds_no_private_key_and_another_master_key_opens_none()
    {
        await using var platform = new IdentityPlatform(null, null, ("Caas:MasterKey", MasterKey));
        await platform.Get<SigningKeyRing>().CurrentAsync(Cancelled);
        var stored = Assert.Single(await platform.Get<ISigningKeyStore>().ListAsync(Cancelled));
        Assert.StartsWith("v1:", stored.Sealed, StringComparison.Ordinal);
        await using var same = new IdentityPlatform(platform, null, ("Caas:MasterKey", MasterKey));
        Assert.Equal(stored.Kid, (await same.Get<SigningKeyRing>().CurrentAsync(Cancelled)).Signing.Kid);
        foreach (var wrong in new[] { "another master key, also 32 bytes or more", "" })
        {
            await using var other = new IdentityPlatform(platform, null, ("Caas:MasterKey", wrong));
            var refused = await Assert.ThrowsAsync<InvalidOperationException>(async () => await other.Get<SigningKeyRing>().CurrentAsync(Cancelled));
            Assert.Contains("Caas:MasterKey", refused.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<InvalidOperationException>(() => other.Get<IdentityMaintenance>().StartAsync(Cancelled));
        }
    }

    [Fact]
    public async Task A_master_key_that_is_set_later_reads_what_was_stored_before()
    {
        await using var before = await WithTenantAsync();
        var secret = await before.Tenants.CreateTokenSecretAsync(Backend(), Cancelled);
        var token = (await before.TokenAsync()).Token;
        await using var after = await before.AnotherAsync(("Caas:MasterKey", MasterKey));
        await after.CallerAsync(token);
        Assert.NotNull(secret);
        await after.Get<SigningKeyService>().RotateAsync(Admin, Cancelled);
        Assert.Equal([true, false], (await after.Get<ISigningKeyStore>().ListAsync(Cancelled)).OrderBy(key => key.Number).Select(key => key.Sealed.StartsWith("plain:", StringComparison.Ordinal)));
    }

    private static string Kid(string token)
    {
        using var header = JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[0]));
        return header.RootElement.GetProperty("kid").GetString()!;
    }

    private static async Task<string[]> JwksAsync(IdentityPlatform platform)
    {
        using var jwks = JsonDocument.Parse(await platform.Get<SigningKeyService>().GetJwksAsync(Cancelled));
        return [.. jwks.RootElement.GetProperty("keys").EnumerateArray().Select(key => key.GetProperty("kid").GetString()!)];
    }

    private sealed class CountingKeyStore(ISigningKeyStore store) : ISigningKeyStore
    {
        public int Reads { get; private set; }

        public Task<IReadOnlyList<SigningKey>> ListAsync(CancellationToken cancellationToken)
        {
            Reads++;
            return store.ListAsync(cancellationToken);
        }

        public Task<bool> AddAsync(SigningKey key, CancellationToken cancellationToken) => store.AddAsync(key, cancellationToken);

        public Task RetireAsync(string kid, DateTimeOffset verifyUntil, CancellationToken cancellationToken) => store.RetireAsync(kid, verifyUntil, cancellationToken);
    }
}
