using System.Text.Json;

namespace Caas.Contracts;

/// <summary>A channel that one may join: what may be known of it before.</summary>
public sealed record ChannelResponse(string Id, string? Name, JsonElement? Custom, int MemberCount, DateTimeOffset CreatedAt, DateTimeOffset LastActivityAt);

/// <summary>Creates or changes up to 100 groups and channels.</summary>
public sealed record UpsertConversationsRequest(IReadOnlyList<CreateConversationRequest> Conversations);

/// <summary>What became of each, in the order of the batch.</summary>
public sealed record UpsertConversationsResponse(IReadOnlyList<UpsertedConversation> Items);

/// <param name="Created">False: it was there; its name and custom data are those of the batch now, and members who were missing were added.</param>
/// <param name="Code">Why it was refused; null: it was not.</param>
public sealed record UpsertedConversation(string Id, bool Created, string? Code = null, string? Detail = null);
