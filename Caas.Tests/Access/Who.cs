namespace Caas.Tests.Access;

/// <summary>Everyone who tries. Users have the same ids in both tenants.</summary>
internal enum Who
{
    /// <summary>No credentials.</summary>
    Nobody,
    MalformedToken,
    ExpiredToken,
    RevokedToken,
    RevokedKey,

    /// <summary>The platform's admin key.</summary>
    PlatformAdmin,

    /// <summary>An API key with every scope but the one that is needed.</summary>
    KeyWithoutScope,
    BackendForNobody,

    /// <summary>The rival's user and key, at what only we have.</summary>
    RivalUser,
    RivalKey,

    /// <summary>The rival's user in a conversation of its own, at a message that only we have.</summary>
    RivalAtOurMessage,

    /// <summary>Of our tenant, but no member.</summary>
    Stranger,
    RemovedMember,
    Reader,
    Member,

    /// <summary>A member: the one who sent the message, or whom the call is about.</summary>
    Sender,
    Moderator,
    Owner,

    /// <summary>A user whose role in the directory is admin; no member.</summary>
    TenantAdmin,
    Backend,
    BackendForMember,

    /// <summary>The rival's owner and key at their own things, which have the same ids as ours.</summary>
    TwinOwner,
    TwinKey,
}

[Flags]
internal enum Kinds
{
    Anyone = 0,
    Admin = 1,
    Backend = 2,
    User = 4,
}

/// <summary>What one has to be in a conversation, or to the thing the call is about.</summary>
internal enum Place
{
    /// <summary>Nothing: to belong to the tenant is enough.</summary>
    Tenant,
    Reader,
    Writer,
    Moderator,
    Owner,

    /// <summary>Who sent the message; the backend.</summary>
    Sender,

    /// <summary>Who scheduled the message; the backend. To others there is none.</summary>
    OwnScheduled,

    /// <summary>Who sent the message; moderators and above; the backend.</summary>
    SenderOrModerator,

    /// <summary>The user itself; tenant admins; the backend.</summary>
    Self,

    /// <summary>The user itself; the backend.</summary>
    SelfAlone,

    /// <summary>A member, as which the caller acts.</summary>
    Leaver,

    /// <summary>A member, whatever else it may: nobody else has what the call is about.</summary>
    Participant,

    /// <summary>Any user, as which the caller acts.</summary>
    Joiner,
}

/// <summary>Who may do something. From it follows what everybody else gets.</summary>
/// <param name="Scope">What an API key needs.</param>
/// <param name="Foreign">What the rival gets for an id that only we have; null: the call names none, and is about the rival's own.</param>
internal sealed record Rule(Kinds May, string? Scope = null, Place Place = Place.Tenant, string? Foreign = null)
{
    /// <summary>A backend must name the user for whom it calls.</summary>
    public bool NeedsUser { get; init; }

    public bool AlsoNobody { get; init; }

    /// <summary>What everybody gets who does not belong to the conversation or its tenant, whatever else would be said: that the thing is there is not told.</summary>
    public string? Hidden { get; init; }

    /// <summary>Ids that cannot be the same in two tenants: the rival's key names ours.</summary>
    public bool HasNoTwin { get; init; }

    /// <summary>What the rival's key gets for what only we have, at something of its own; null: as everywhere else.</summary>
    public string? AtItsOwn { get; init; }

    public static readonly Rule Anyone = new(Kinds.Anyone);

    /// <summary>With or without credentials; but those that are sent must be good.</summary>
    public static readonly Rule AnyoneKnown = new(Kinds.Admin | Kinds.Backend | Kinds.User) { AlsoNobody = true };
    public static readonly Rule Admin = new(Kinds.Admin);

    /// <summary>The admin, at one tenant: for others its id is not there.</summary>
    public static readonly Rule AdminOfTenant = new(Kinds.Admin, Foreign: "tenant_not_found");

    public static Rule Backend(string scope, string? foreign = null) => new(Kinds.Backend, scope, Foreign: foreign);

    public static Rule BackendAtKey(string scope) => new(Kinds.Backend, scope, Foreign: "api_key_not_found") { HasNoTwin = true };

    public static Rule BackendAtWebhook(string scope) => new(Kinds.Backend, scope, Foreign: "webhook_not_found") { HasNoTwin = true };

    /// <summary>At a delivery of a webhook; the rival's key also tries ours at a webhook that it has.</summary>
    public static Rule BackendAtDelivery(string scope) => BackendAtWebhook(scope) with { AtItsOwn = "delivery_not_found" };

    public static Rule Users(string scope, string? foreign = null, Place place = Place.Tenant) => new(Kinds.Backend | Kinds.User, scope, place, foreign);

    public static readonly Rule UsersAlone = new(Kinds.User);

    public static Rule In(Place place, string scope, bool asUser = false) => new(Kinds.Backend | Kinds.User, scope, place, "conversation_not_found") { NeedsUser = asUser };

    /// <summary>Of a call that goes on between others, of which nobody else learns that it is there; who may do what in one: <see cref="Calls.CallHubTests"/>.</summary>
    public static readonly Rule NoCall = new(Kinds.User) { Nothing = "call_not_found" };

    /// <summary>What everybody gets who gets in.</summary>
    public string? Nothing { get; init; }

    /// <summary>The code that a caller must get; null: it must succeed.</summary>
    public string? Expected(Who who) => Judge(who) is "not_a_member" or "conversation_not_found" && Hidden is not null ? Hidden : Judge(who);

    private string? Judge(Who who) => who switch
    {
        _ when May == Kinds.Anyone => null,
        Who.Nobody when AlsoNobody => null,
        Who.Nobody or Who.MalformedToken or Who.RevokedKey => "unauthenticated",
        Who.ExpiredToken => "token_expired",
        Who.RevokedToken => "token_revoked",
        Who.BackendForNobody => "user_not_found",
        Who.PlatformAdmin => May.HasFlag(Kinds.Admin) ? null : "not_allowed",
        _ when !May.HasFlag(KindOf(who)) => Foreign == "tenant_not_found" && IsRival(who) ? Foreign : "not_allowed",
        _ when Nothing is not null => Nothing,
        Who.BackendForMember when !May.HasFlag(Kinds.User) => "validation_failed",
        Who.KeyWithoutScope => Scope is null ? null : "insufficient_scope",
        Who.RivalKey when NeedsUser => "on_behalf_of_required",
        Who.RivalUser or Who.RivalKey => Foreign,
        Who.RivalAtOurMessage => "message_not_found",
        Who.TwinKey when HasNoTwin => AtItsOwn ?? Foreign,
        Who.TwinOwner => ByPlace(Who.Owner),
        Who.TwinKey or Who.Backend => NeedsUser ? "on_behalf_of_required" : null,
        _ => ByPlace(who),
    };

    public static bool IsRival(Who who) => who is Who.RivalUser or Who.RivalKey or Who.RivalAtOurMessage or Who.TwinOwner or Who.TwinKey;

    private static Kinds KindOf(Who who) => who is Who.KeyWithoutScope or Who.RivalKey or Who.Backend or Who.BackendForMember or Who.TwinKey ? Kinds.Backend : Kinds.User;

    private string? ByPlace(Who who)
    {
        var outside = who is Who.Stranger or Who.RemovedMember;
        var role = who == Who.BackendForMember ? Who.Member : who;
        return Place switch
        {
            Place.Tenant or Place.Joiner => null,
            Place.Self => who is Who.Sender or Who.TenantAdmin or Who.BackendForMember ? null : "not_allowed",
            Place.SelfAlone => who is Who.Sender or Who.BackendForMember ? null : "not_allowed",
            Place.Leaver => outside ? "not_a_member" : who == Who.TenantAdmin ? "member_not_found" : null,
            _ when outside => "not_a_member",
            Place.Participant => who == Who.TenantAdmin ? "not_a_member" : null,
            Place.Sender => role == Who.Sender ? null : "not_allowed",
            Place.OwnScheduled => role == Who.Sender ? null : "scheduled_not_found",
            _ when who == Who.TenantAdmin => null,
            Place.SenderOrModerator => role is Who.Sender or Who.Moderator or Who.Owner ? null : "not_allowed",
            Place.Reader => null,
            Place.Writer => role != Who.Reader ? null : "not_allowed",
            Place.Moderator => role is Who.Moderator or Who.Owner ? null : "not_allowed",
            _ => role == Who.Owner ? null : "not_allowed",
        };
    }
}
