using Caas.Contracts;
using Caas.Core.ApiKeys;
using Caas.Core.Callers;
using Caas.Core.Refusals;
using Caas.Core.Tenants;
using Caas.Core.Tokens;
using Caas.Core.Users;
using Caas.Tests.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Callers;

/// <summary>One process's identity services on a SQLite file, by a clock that the test moves. Several may share a folder and a clock, as replicas do.</summary>
public sealed class IdentityPlatform : IAsyncDisposable
{
    public static readonly Caller Admin = new() { Kind = CallerKind.Admin };
    public const string AdminKey = "an admin key of the tests";
    private readonly CorePlatform _core;

    /// <param name="other">A process whose folder and clock this one shares.</param>
    public IdentityPlatform(IdentityPlatform? other = null, Action<IServiceCollection>? configure = null, params (string Key, string Value)[] settings)
    {
        Clock = other?.Clock ?? new FakeTimeProvider(new DateTimeOffset(2026, 9, 1, 12, 0, 0, 250, TimeSpan.Zero));
        _core = new CorePlatform(other?._core.Folder, services =>
        {
            services.AddSingleton<TimeProvider>(Clock);
            services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
                .AddInMemoryCollection([new("Caas:AdminKey", AdminKey)])
                .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)))
                .Build());
            configure?.Invoke(services);
        });
    }

    public FakeTimeProvider Clock { get; }

    public TenantService Tenants => Get<TenantService>();

    public ApiKeyService Keys => Get<ApiKeyService>();

    public UserService Users => Get<UserService>();

    public TokenService Tokens => Get<TokenService>();

    public Authenticator Authenticator => Get<Authenticator>();

    public RevocationList Revocations => Get<RevocationList>();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public T Get<T>()
        where T : notnull => _core.Get<T>();

    /// <summary>A process that has read what is revoked, with a tenant and the users alice and bob.</summary>
    public static async Task<IdentityPlatform> WithTenantAsync(string tenant = "acme", Action<IServiceCollection>? configure = null, params (string Key, string Value)[] settings)
    {
        var platform = new IdentityPlatform(null, configure, settings);
        await platform.ReadAsync();
        await platform.AddTenantAsync(tenant);
        return platform;
    }

    public async Task AddTenantAsync(string tenant, params string[] users)
    {
        await Tenants.CreateAsync(Admin, new(tenant, tenant), Cancelled);
        await Users.UpsertManyAsync(Backend(tenant), new([.. (users.Length == 0 ? ["alice", "bob"] : users).Select(id => new BatchUser(id, id))]), Cancelled);
    }

    /// <summary>Another process over the same store.</summary>
    public async Task<IdentityPlatform> AnotherAsync(params (string Key, string Value)[] settings)
    {
        var platform = new IdentityPlatform(this, null, settings);
        await platform.ReadAsync();
        return platform;
    }

    /// <summary>What every process does each second.</summary>
    public Task ReadAsync() => Revocations.ReadAsync(Cancelled);

    /// <summary>The 5 s after which what was taken away works nowhere any more: with the reading that every process does meanwhile.</summary>
    public async Task PassFiveSecondsAsync(params IdentityPlatform[] others)
    {
        Clock.Advance(TimeSpan.FromSeconds(5));
        foreach (var platform in others.Append(this))
        {
            await platform.ReadAsync();
        }
    }

    public static Caller Backend(string tenant = "acme", params string[] scopes) => new() { Kind = CallerKind.Backend, Tenant = new(tenant), KeyId = "ck_test", Scopes = scopes };

    public async Task<string> KeyAsync(string tenant = "acme", params string[] scopes) => (await Keys.CreateAsync(Admin, tenant, new("key", scopes), Cancelled)).Key;

    public Task<TokenResponse> TokenAsync(string user = "alice", string tenant = "acme", int? seconds = null) => Tokens.IssueAsync(Backend(tenant), user, new(seconds), Cancelled);

    public Task<Caller> CallerAsync(string token) => Authenticator.AuthenticateTokenAsync(token, Cancelled);

    public Task<Caller> KeyCallerAsync(string key, string? onBehalfOf = null, string from = "192.0.2.1") =>
        Authenticator.AuthenticateApiKeyAsync(key, onBehalfOf, System.Net.IPAddress.Parse(from), Cancelled);

    /// <summary>The code with which a call is refused.</summary>
    public static async Task<RefusedException> RefusedAsync(Func<Task> call, Refusal expected)
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(call);
        Assert.Equal(expected.Code, refused.Refusal.Code);
        return refused;
    }

    public ValueTask DisposeAsync() => _core.DisposeAsync();
}
