using Caas.Contracts;
using static Caas.Client.RestCaller;

namespace Caas.Client;

/// <summary>Conversations.</summary>
public sealed class ConversationsApi
{
    private readonly RestCaller _caller;

    internal ConversationsApi(RestCaller caller) => _caller = caller;

    /// <summary>Creates a conversation; the same two people's <c>direct</c> one is the one that is there.</summary>
    /// <exception cref="CaasException"><c>id_taken</c>, <c>user_not_found</c>.</exception>
    public Task<ConversationResponse> CreateAsync(CreateConversationRequest request, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        _caller.PostAsync<ConversationResponse>("/v1/conversations", request, idempotencyKey, cancellationToken);

    /// <summary>Creates or changes up to 100 groups and channels, each by its id; for the backend. What one alone is refused for stands in its item.</summary>
    public async Task<IReadOnlyList<UpsertedConversation>> UpsertAsync(IReadOnlyList<CreateConversationRequest> conversations, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        (await _caller.PostAsync<UpsertConversationsResponse>("/v1/conversations/batch", new UpsertConversationsRequest(conversations), idempotencyKey, cancellationToken)).Items;

    /// <summary>Channels that the caller may join, latest activity first.</summary>
    /// <param name="query">Those whose id or name holds it.</param>
    public IAsyncEnumerable<ChannelResponse> ListChannelsAsync(string? query = null, CancellationToken cancellationToken = default) =>
        _caller.ListAsync<ChannelResponse>(Query("/v1/channels", ("query", query)), cancellationToken);

    /// <summary>A user's that are neither archived nor hidden, or the tenant's; latest activity first.</summary>
    public IAsyncEnumerable<ConversationResponse> ListAsync(CancellationToken cancellationToken = default) => _caller.ListAsync<ConversationResponse>("/v1/conversations", cancellationToken);

    /// <summary>A user's that are, or are not, archived, hidden, pinned; latest activity first.</summary>
    /// <param name="pinned">Null: pinned or not.</param>
    public IAsyncEnumerable<ConversationResponse> ListAsync(bool archived, bool hidden = false, bool? pinned = null, CancellationToken cancellationToken = default) =>
        _caller.ListAsync<ConversationResponse>(Query("/v1/conversations", ("archived", archived ? "true" : "false"), ("hidden", hidden ? "true" : "false"), ("pinned", pinned switch { true => "true", false => "false", _ => null })), cancellationToken);

    /// <inheritdoc cref="ListAsync(CancellationToken)"/>
    public Task<Page<ConversationResponse>> PageAsync(string? cursor = null, int? limit = null, CancellationToken cancellationToken = default) =>
        _caller.PageAsync<ConversationResponse>("/v1/conversations", cursor, limit, cancellationToken);

    public Task<ConversationResponse> GetAsync(string conversationId, CancellationToken cancellationToken = default) =>
        _caller.GetAsync<ConversationResponse>(Path($"/v1/conversations/{conversationId}"), cancellationToken);

    public Task<ConversationResponse> UpdateAsync(string conversationId, UpdateConversationRequest request, CancellationToken cancellationToken = default) =>
        _caller.PatchAsync<ConversationResponse>(Path($"/v1/conversations/{conversationId}"), request, null, cancellationToken);

    /// <summary>Mutes, hides, archives, pins the conversation or marks it as unread, for the calling user alone.</summary>
    public Task<OwnMemberResponse> UpdateOwnViewAsync(string conversationId, UpdateOwnViewRequest request, CancellationToken cancellationToken = default) =>
        _caller.PatchAsync<OwnMemberResponse>(Path($"/v1/conversations/{conversationId}/me"), request, null, cancellationToken);

    public Task DeleteAsync(string conversationId, CancellationToken cancellationToken = default) => _caller.DeleteAsync(Path($"/v1/conversations/{conversationId}"), cancellationToken);
}

/// <summary>The members of conversations.</summary>
public sealed class MembersApi
{
    private readonly RestCaller _caller;

    internal MembersApi(RestCaller caller) => _caller = caller;

    /// <summary>Adds up to 1,000 users.</summary>
    public Task<AddMembersResponse> AddAsync(string conversationId, AddMembersRequest request, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        _caller.PostAsync<AddMembersResponse>(Path($"/v1/conversations/{conversationId}/members"), request, idempotencyKey, cancellationToken);

    public IAsyncEnumerable<MemberResponse> ListAsync(string conversationId, CancellationToken cancellationToken = default) =>
        _caller.ListAsync<MemberResponse>(Path($"/v1/conversations/{conversationId}/members"), cancellationToken);

    public Task<Page<MemberResponse>> PageAsync(string conversationId, string? cursor = null, int? limit = null, CancellationToken cancellationToken = default) =>
        _caller.PageAsync<MemberResponse>(Path($"/v1/conversations/{conversationId}/members"), cursor, limit, cancellationToken);

    public Task<MemberResponse> UpdateAsync(string conversationId, string userId, UpdateMemberRequest request, CancellationToken cancellationToken = default) =>
        _caller.PatchAsync<MemberResponse>(Path($"/v1/conversations/{conversationId}/members/{userId}"), request, null, cancellationToken);

    public Task RemoveAsync(string conversationId, string userId, CancellationToken cancellationToken = default) =>
        _caller.DeleteAsync(Path($"/v1/conversations/{conversationId}/members/{userId}"), cancellationToken);

    /// <summary>The calling user becomes a member of a channel.</summary>
    public Task<MemberResponse> JoinAsync(string conversationId, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        _caller.PostAsync<MemberResponse>(Path($"/v1/conversations/{conversationId}/join"), null, idempotencyKey, cancellationToken);

    /// <summary>The calling user is a member no longer.</summary>
    public Task LeaveAsync(string conversationId, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        _caller.PostAsync(Path($"/v1/conversations/{conversationId}/leave"), null, idempotencyKey, cancellationToken);
}
