using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Caas.Contracts;
using Caas.Core.ApiKeys;
using Caas.Core.Attachments;
using Caas.Core.BeforeSend;
using Caas.Core.Callers;
using Caas.Core.Calls;
using Caas.Core.Conversations;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Core.Flags;
using Caas.Core.Ids;
using Caas.Core.Json;
using Caas.Core.Members;
using Caas.Core.Reminders;
using Caas.Core.Scheduled;
using Caas.Core.Tenants;
using Caas.Core.Timed;
using Caas.Core.Tokens;
using Caas.Core.Users;
using Caas.Core.Webhooks;
using Caas.Tests.Gateway;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Access;

[CollectionDefinition]
public sealed class AccessCollection : ICollectionFixture<TwoTenants>;

/// <summary>
/// A gateway and a replica over one store, with two tenants that have the same ids of users, conversations and messages. All that is ours says <c>canary-acme</c>, all of the rival's <c>canary-rival</c>:
/// where one is seen by the other, something leaked.
/// </summary>
public sealed class TwoTenants : IAsyncLifetime
{
    public const string Ours = "acme";
    public const string Theirs = "rival";

    /// <summary>A user that only we have.</summary>
    public const string OnlyOurs = "only-ours";

    private Task<string>? _webhook;
    private readonly SemaphoreSlim _hooks = new(1, 1);
    private const string JwtSecret = "the-secret-that-signs-tokens-in-the-access-tests";

    private static readonly string[] Users = ["owner", "moderator", "sender", "member", "reader", "removed", "stranger", "boss", "target", "leaver"];

    private readonly FaultLog _faults = new();
    private readonly ConcurrentDictionary<string, string> _narrow = new();
    private readonly ConcurrentBag<LogId> _rooms = [];
    private readonly ConcurrentDictionary<string, byte[]> _mustNotBeStored = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private Realtime.Replicas _replicas = null!;
    private WebApplication _gateway = null!;
    private int _made;

    internal Realtime.Replicas Replicas => _replicas;

    public Api Anyone => new(_http);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private Dictionary<string, string> Keys { get; } = [];

    public async ValueTask InitializeAsync()
    {
        _replicas = await Realtime.Replicas.StartAsync(1, new() { ["JWT_SECRET"] = JwtSecret }, users: []);
        var directory = new LocalReplicas { Live = [new Replica("one", Realtime.Replicas.UrlOf(_replicas.Apps[0]), 0)] };
        _gateway = GatewayFixture.Build(_replicas.Folder, directory, _faults, new() { ["JWT_SECRET"] = JwtSecret });
        await _gateway.StartAsync(Cancelled);
        _http.BaseAddress = new(_gateway.Urls.First());
        await Get<TenantService>().UpdateAsync(Admin, Ours, new() { Name = "canary-acme" }, Cancelled);
        await Get<TenantService>().CreateAsync(Admin, new("canary-rival", Theirs), Cancelled);
        foreach (var tenant in new[] { Ours, Theirs })
        {
            Keys[tenant] = (await Get<ApiKeyService>().CreateAsync(Admin, tenant, new($"canary-{tenant}"), Cancelled)).Key;
            foreach (var user in tenant == Ours ? [.. Users, OnlyOurs] : Users)
            {
                await AddUserAsync(tenant, user);
            }
        }

        var revoked = await Get<ApiKeyService>().CreateAsync(Admin, Ours, new("canary-acme, revoked"), Cancelled);
        await Get<ApiKeyService>().RevokeAsync(Admin, revoked.Id, Cancelled);
        Keys["revoked"] = revoked.Key;
        Keys["revoked-token"] = Token(Ours, "owner");
        await Get<TokenService>().RevokeAsync(System(Ours), new(Keys["revoked-token"]), Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.StopAsync(CancellationToken.None);
        await _gateway.DisposeAsync();
        foreach (var app in _replicas.Apps)
        {
            await app.StopAsync(CancellationToken.None);
            await app.DisposeAsync();
        }

        var held = Directory.GetFiles(_replicas.Folder.Path).SelectMany(file => Held(File.ReadAllBytes(file))).ToHashSet();
        await _replicas.DisposeAsync();
        _http.Dispose();
        Assert.Equal(_mustNotBeStored.IsEmpty ? [] : ["canary-acme"], held);
        Assert.True(_faults.Lines.IsEmpty && _replicas.Errors.IsEmpty, string.Join(Environment.NewLine, _faults.Lines.Concat(_replicas.Errors)));
    }

    /// <summary>A conversation with everyone in their role, and a message of the sender's.</summary>
    /// <param name="both">Also in the rival's tenant, with the same ids.</param>
    internal async Task<Room> RoomAsync(bool both, ConversationType type = ConversationType.Group)
    {
        var room = new Room($"room-{Interlocked.Increment(ref _made)}", Guid.CreateVersion7().ToString());
        foreach (var tenant in both ? [Ours, Theirs] : new[] { Ours })
        {
            var (canary, system, id) = ($"canary-{tenant}", System(tenant), new ConversationId(room.Conversation));
            var custom = JsonSerializer.SerializeToElement(new { canary });
            MemberSeed[] seeds = [new("owner", MemberRole.Owner), new("moderator", MemberRole.Moderator), new("reader", MemberRole.Reader), .. new[] { "sender", "member", "removed", "target", "leaver" }.Select(user => new MemberSeed(user, MemberRole.Member))];
            await Get<ConversationWriter>().WriteAsync(system, id, EntryTypes.ConversationCreated, new ConversationCreatedData(type, canary, custom, seeds), CoreJsonContext.Default.ConversationCreatedData, null, Cancelled, onlyFirst: true);
            await Get<MemberService>().RemoveAsync(system, id, "removed", Cancelled);
            var log = LogId.Of(new(tenant), id);
            await Get<IEntryStore>().AppendAsync(
                [new() { Log = log, Id = room.Message, Type = EntryTypes.MessageCreated, ActorId = "sender", At = TimeProvider.System.GetUtcNow(), ClientMessageId = "first", ContentHash = "none", Target = EntryTarget.Message, Message = new() { Text = canary, Custom = custom, Poll = new(canary, [new("1", canary, 0, []), new("2", "two", 0, [])], false, false, null, null, 0) } }],
                Cancelled);
            _rooms.Add(log);
        }

        return room;
    }

    /// <summary>Searched for in the database's files when all hosts have closed them.</summary>
    internal void MustNotBeStored(string name, byte[] trace) => _mustNotBeStored[name] = trace;

    internal Task AddUserAsync(string tenant, string user) =>
        Get<UserService>().UpsertAsync(System(tenant), user, new($"canary-{tenant} {user}", Role: user == "boss" ? "admin" : null), Cancelled);

    internal async Task<string> AddKeyAsync() => (await Get<ApiKeyService>().CreateAsync(Admin, Ours, new("canary-acme, fresh", ["users:read"]), Cancelled)).Id;

    /// <summary>Calls about a hook come one at a time, to one that is there; then there is none: nobody else's messages are to be asked about.</summary>
    internal async Task<Answer> WithHookAsync(string tenant, Func<Task<Answer>> call)
    {
        await _hooks.WaitAsync(Cancelled);
        try
        {
            await Get<BeforeSendService>().PutAsync(System(tenant), new($"https://hook.invalid/canary-{tenant}", 50), Cancelled);
            return await call();
        }
        finally
        {
            await Get<BeforeSendService>().DeleteAsync(System(tenant), Cancelled);
            _hooks.Release();
        }
    }

    /// <summary>A webhook of ours, the same each time, at a name that leads nowhere.</summary>
    internal Task<string> WebhookAsync() => _webhook ??= AddWebhookAsync();

    internal async Task<string> AddWebhookAsync(string tenant = Ours) => (await Get<WebhookService>().CreateAsync(System(tenant), new($"https://hook.invalid/canary-{tenant}"), Cancelled)).Id;

    /// <summary>What became of a test of it.</summary>
    internal async Task<string> PingAsync(string webhook) => (await Get<WebhookDeliveries>().PingAsync(System(Ours), webhook, Cancelled)).Id;

    internal async Task<string> AddTenantAsync() => (await Get<TenantService>().CreateAsync(Admin, new("canary-acme"), Cancelled)).Id;

    /// <summary>A file that was sent in a room.</summary>
    /// <param name="both">Also in the rival's, with the same ids.</param>
    internal async Task<string> AddAttachmentAsync(Room room, bool both)
    {
        var id = Guid.CreateVersion7().ToString();
        foreach (var tenant in both ? [Ours, Theirs] : new[] { Ours })
        {
            var at = TimeProvider.System.GetUtcNow();
            await Get<IAttachmentStore>().AddAsync(new() { Tenant = new(tenant), Id = id, Name = $"canary-{tenant}", Type = "text/plain", Size = 5, CreatedAt = at, Url = "http://localhost" }, at.AddHours(1), Cancelled);
            await Get<IAttachmentUseStore>().UseAsync(new(tenant), [id], new(new(room.Conversation), room.Message), at.AddHours(1), Cancelled);
        }

        return id;
    }

    /// <summary>A call in a room, which is over.</summary>
    /// <param name="both">Also in the rival's, with the same ids.</param>
    internal async Task<string> AddCallAsync(Room room, bool both)
    {
        var (id, at) = (Guid.CreateVersion7().ToString(), TimeProvider.System.GetUtcNow());
        foreach (var tenant in both ? [Ours, Theirs] : new[] { Ours })
        {
            await Get<ICallRecordStore>().SaveAsync(new(new(tenant), id, new(room.Conversation), CallMedia.Audio, "sender", at, at, CallOutcome.Missed, 0, [new("sender", CallParticipantState.Left, 0)]), Cancelled);
        }

        return id;
    }

    /// <summary>A message that was flagged.</summary>
    /// <param name="both">Also in the rival's tenant, with the same id.</param>
    internal async Task<string> AddFlagAsync(bool both)
    {
        var (id, at) = (Guid.CreateVersion7().ToString(), TimeProvider.System.GetUtcNow());
        foreach (var tenant in both ? [Ours, Theirs] : new[] { Ours })
        {
            await Get<IFlagStore>().SaveAsync(new(tenant), new(id, new("a-room"), 1, "sender", FlagStatus.Open, at, new(1, at, [new("member", $"canary-{tenant}", at)], null), 1), null, Cancelled);
        }

        return id;
    }

    /// <summary>A scheduled message of the sender's.</summary>
    internal async Task<string> AddScheduledAsync(Room room, bool both)
    {
        var id = Guid.CreateVersion7().ToString();
        foreach (var tenant in both ? [Ours, Theirs] : new[] { Ours })
        {
            var at = TimeProvider.System.GetUtcNow().AddDays(1);
            var body = JsonSerializer.Serialize(new ScheduledBody(new($"canary-{tenant}"), at, at), CoreJsonContext.Default.ScheduledBody);
            await Get<ITimedStore>().AddAsync(new(new(new(tenant), ScheduledMessages.Kind, room.Conversation), id, new("sender"), at, Waiting: true, body), Cancelled);
        }

        return id;
    }

    /// <summary>A reminder of the caller's.</summary>
    internal async Task<string> AddReminderAsync(Who who, string tenant)
    {
        var id = Guid.CreateVersion7().ToString();
        var (at, user) = (TimeProvider.System.GetUtcNow().AddDays(1), new UserId(who == Who.BackendForMember ? "member" : Rule.IsRival(who) ? "owner" : UserOf(who, "sender")));
        var body = JsonSerializer.Serialize(new ReminderBody($"canary-{tenant}", null, null, at), CoreJsonContext.Default.ReminderBody);
        await Get<ITimedStore>().AddAsync(new(new(new(tenant), ReminderService.Kind, user.Value), id, user, at, Waiting: true, body), Cancelled);
        return id;
    }

    internal async Task<string> RefreshTokenAsync() => (await Get<TokenService>().IssueAsync(System(Ours), "target", new(), Cancelled)).RefreshToken;

    /// <summary>The credentials of a caller; <paramref name="self"/> is who the sender is here.</summary>
    internal async Task<(string Name, string Value)[]> HeadersAsync(Who who, string? scope, string self = "sender") => who switch
    {
        Who.Nobody => [],
        Who.PlatformAdmin => [("Authorization", $"Bearer {GatewayFixture.AdminKey}")],
        Who.RevokedKey => [("X-Api-Key", Keys["revoked"])],
        Who.KeyWithoutScope => [("X-Api-Key", await NarrowAsync(scope))],
        Who.BackendForNobody => [("X-Api-Key", Keys[Ours]), ("X-On-Behalf-Of", "nobody-at-all")],
        Who.BackendForMember => [("X-Api-Key", Keys[Ours]), ("X-On-Behalf-Of", "member")],
        Who.Backend => [("X-Api-Key", Keys[Ours])],
        Who.RivalKey or Who.TwinKey => [("X-Api-Key", Keys[Theirs])],
        _ => [("Authorization", $"Bearer {TokenOf(who, self)}")],
    };

    internal string TokenOf(Who who, string self = "sender") => who switch
    {
        Who.MalformedToken => "not.a.token",
        Who.ExpiredToken => Token(Ours, "owner", -3600),
        Who.RevokedToken => Keys["revoked-token"],
        Who.RivalUser or Who.RivalAtOurMessage or Who.TwinOwner => Token(Theirs, "owner"),
        _ => Token(Ours, UserOf(who, self)),
    };

    /// <summary>How long every log is: what was refused has added nothing but, in the audit log, that it was refused.</summary>
    internal async Task<string> LengthsAsync()
    {
        var logs = new[] { Ours, Theirs }.SelectMany(tenant => Users.Select(user => LogId.OfUser(new(tenant), new(user))).Append(LogId.OfTenant(new(tenant)))).Concat(_rooms).OrderBy(log => log.ToString(), StringComparer.Ordinal);
        var lengths = new List<string>();
        foreach (var log in logs)
        {
            var tail = (await Get<IEntryStore>().ReadTailAsync(log, Cancelled)).Seq;
            lengths.Add($"{log} {tail - await CountRefusalsAsync(log, tail)}");
        }

        return string.Join("\n", lengths);
    }

    /// <summary>Up to a seq: they come when they come.</summary>
    private async Task<long> CountRefusalsAsync(LogId log, long tail)
    {
        const int Page = 500;
        var (found, after) = (0L, 0L);
        while (log == LogId.OfTenant(log.Tenant) && await Get<IEntryStore>().ReadAfterAsync(log, after, Page, Cancelled) is { Count: > 0 } page)
        {
            found += page.Count(entry => entry.Seq <= tail && entry.Type == SystemEntryTypes.AuditRecorded && entry.Data!.Value.TryGetProperty("reason", out var reason) && reason.ValueKind == JsonValueKind.String);
            after = page[^1].Seq;
        }

        return found;
    }

    private static Caller Admin { get; } = new() { Kind = CallerKind.Admin };

    private static Caller System(string tenant) => new() { Kind = CallerKind.Backend, Tenant = new(tenant), KeyId = "test" };

    private T Get<T>()
        where T : notnull => _gateway.Services.GetRequiredService<T>();

    /// <summary>What of that is there, and our own canary: the search finds what there is.</summary>
    private IEnumerable<string> Held(byte[] file) => _mustNotBeStored.IsEmpty ? [] : _mustNotBeStored.Append(new("canary-acme", "canary-acme"u8.ToArray())).Where(trace => file.AsSpan().IndexOf(trace.Value) >= 0).Select(trace => trace.Key);

    private static string UserOf(Who who, string self) => who switch
    {
        Who.Stranger => "stranger",
        Who.RemovedMember => "removed",
        Who.Reader => "reader",
        Who.Member => "member",
        Who.Sender => self,
        Who.Moderator => "moderator",
        Who.TenantAdmin => "boss",
        _ => "owner",
    };

    private async Task<string> NarrowAsync(string? scope)
    {
        if (scope is null)
        {
            return Keys[Ours];
        }

        if (_narrow.TryGetValue(scope, out var known))
        {
            return known;
        }

        // Write includes read: who may not read may not write either.
        var lacks = scope.EndsWith(":read", StringComparison.Ordinal) ? new[] { scope, scope.Replace(":read", ":write", StringComparison.Ordinal) } : [scope];
        return _narrow[scope] = (await Get<ApiKeyService>().CreateAsync(Admin, Ours, new($"canary-acme without {scope}", [.. Scopes.All.Except(lacks)]), Cancelled)).Key;
    }

    private static string Token(string tenant, string user, int endsIn = 3600)
    {
        var now = TimeProvider.System.GetUtcNow();
        var seconds = now.ToUnixTimeSeconds() + Math.Min(0, endsIn * 2);
        var head = Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT","kid":"platform-hs256"}"""u8);
        var claims = $$"""{"iss":"caas","aud":"caas","sub":"{{user}}","tid":"{{tenant}}","jti":"{{Guid.NewGuid()}}","fam":"{{Guid.NewGuid()}}","iat":{{seconds}},"iat_ms":{{now.ToUnixTimeMilliseconds() + (Math.Min(0, endsIn * 2) * 1000L)}},"exp":{{seconds + Math.Abs(endsIn)}}}""";
        var signed = $"{head}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(JwtSecret), Encoding.ASCII.GetBytes(signed)))}";
    }
}

/// <summary>A conversation and the message in it.</summary>
internal sealed record Room(string Conversation, string Message);
