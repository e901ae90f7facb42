using System.Text.Json;

namespace Caas.Client;

/// <summary>
/// The REST API, typed: for a tenant's backend (<see cref="CaasCredential.ApiKey"/>), the platform's admin, or one user. Thread safe; make one and keep it. Calls are tried again where that
/// is safe (<see cref="RestOptions"/>). Whatever is refused is a <see cref="CaasException"/> with the server's code; where no answer came at all, with <see cref="ClientCodes.Unreachable"/>.
/// </summary>
public sealed class CaasRestClient : IDisposable
{
    private readonly HttpClient? _own;
    private readonly RestCaller _caller;

    /// <param name="gateway">Absolute http(s).</param>
    public CaasRestClient(Uri gateway, CaasCredential credential, RestOptions? options = null)
        : this(gateway, credential, options ?? new(), options?.HttpClient ?? NewHttpClient(), owns: options?.HttpClient is null)
    {
    }

    private CaasRestClient(Uri gateway, CaasCredential credential, RestOptions options, HttpClient http, bool owns)
        : this(new RestCaller(http, gateway, credential, options)) => _own = owns ? http : null;

    private CaasRestClient(RestCaller caller)
    {
        _caller = caller;
        (Notifications, Devices) = (new(caller), new(caller));
        (Tenants, Tenant, ApiKeys, Users, Privacy, Presence) = (new(caller), new(caller), new(caller), new(caller), new(caller), new(caller));
        (Tokens, Conversations, Members, Messages) = (new(caller), new(caller), new(caller), new(caller));
        Flags = new(caller);
        (Reminders, Receipts, Attachments, Search, Blocks, Bans, Blocklist, Calls) = (new(caller), new(caller), new(caller), new(caller), new(caller), new(caller), new(caller), new(caller));
        (Events, Webhooks, Audit) = (new(caller), new(caller), new(caller));
    }

    /// <summary>The platform's tenants and their keys; for the admin.</summary>
    public TenantsApi Tenants { get; }

    /// <summary>The caller's own tenant.</summary>
    public OwnTenantApi Tenant { get; }

    public ApiKeysApi ApiKeys { get; }

    public UsersApi Users { get; }

    /// <summary>What the user lets others know.</summary>
    public PrivacyApi Privacy { get; }

    /// <summary>How the user is notified.</summary>
    public NotificationsApi Notifications { get; }

    /// <summary>The user's devices, for pushes.</summary>
    public DevicesApi Devices { get; }

    /// <summary>Who is banned; for the backend.</summary>
    public BansApi Bans { get; }

    /// <summary>Messages that were flagged: users flag them, the backend decides.</summary>
    public FlagsApi Flags { get; }

    /// <summary>Whom the user blocks.</summary>
    public BlocksApi Blocks { get; }

    /// <summary>What users may not write.</summary>
    public BlocklistApi Blocklist { get; }

    /// <summary>Who is there.</summary>
    public PresenceApi Presence { get; }

    public TokensApi Tokens { get; }

    public ConversationsApi Conversations { get; }

    public MembersApi Members { get; }

    /// <summary>Messages, their reactions and pins, and the log.</summary>
    public MessagesApi Messages { get; }

    /// <summary>Files that messages refer to.</summary>
    public AttachmentsApi Attachments { get; }

    /// <summary>The user's own reminders.</summary>
    public RemindersApi Reminders { get; }

    /// <summary>Who has and who has read what, and how much is unread.</summary>
    public ReceiptsApi Receipts { get; }

    /// <summary>What calls need and leave behind.</summary>
    public CallsApi Calls { get; }

    /// <summary>Messages by their words.</summary>
    public SearchApi Search { get; }

    /// <summary>The tenant's history; for the backend.</summary>
    public EventsApi Events { get; }

    /// <summary>Who did what to the tenant; for the backend.</summary>
    public AuditApi Audit { get; }

    /// <summary>Places that are told what happens; for the backend.</summary>
    public WebhooksApi Webhooks { get; }

    /// <summary>The same, speaking for one user. It shares this one's connections and lives as long.</summary>
    public CaasRestClient OnBehalfOf(string userId) => new(_caller.OnBehalfOf(userId));

    /// <summary>Whether the API answers.</summary>
    /// <returns>The server's time.</returns>
    public async Task<DateTimeOffset> PingAsync(CancellationToken cancellationToken = default) =>
        (await _caller.GetAsync<JsonElement>("/v1/ping", cancellationToken)).GetProperty("time").GetDateTimeOffset();

    /// <summary>How the gateway and what it depends on do. One that is not well is a <see cref="CaasException"/> of status 503.</summary>
    public Task<JsonElement> HealthAsync(CancellationToken cancellationToken = default) => _caller.GetAsync<JsonElement>("/health", cancellationToken);

    /// <summary>The public keys that user tokens are signed with (RFC 7517).</summary>
    public Task<JsonElement> JwksAsync(CancellationToken cancellationToken = default) => _caller.GetAsync<JsonElement>("/.well-known/jwks.json", cancellationToken);

    /// <summary>Makes a new signing key; for the admin.</summary>
    /// <returns>Its <c>kid</c>.</returns>
    public async Task<string> RotateSigningKeyAsync(string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        (await _caller.PostAsync<JsonElement>("/v1/admin/signing-keys/rotate", null, idempotencyKey, cancellationToken)).GetProperty("kid").GetString()!;

    public void Dispose() => _own?.Dispose();

    // Each try has its own time; connections are renewed so that a moved gateway is found.
    private static HttpClient NewHttpClient() => new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = Timeout.InfiniteTimeSpan };
}
