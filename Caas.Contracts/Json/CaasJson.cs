using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>How CaaS writes and reads JSON everywhere: camelCase, enums as camelCase strings, unknown fields ignored, missing required ones refused.</summary>
public static class CaasJson
{
    /// <summary>For HTTP, the hub and channels alike. Text stays as it is, without the escapes that only HTML needs: an emoji is four bytes, not twelve.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(CaasJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        options.MakeReadOnly();
        return options;
    }
}

/// <summary>Enums as camelCase strings; numbers are refused.</summary>
public sealed class CamelCaseEnumConverter<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where TEnum : struct, Enum;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, NumberHandling = JsonNumberHandling.Strict, MaxDepth = 32, Converters = [typeof(WellFormedJsonConverter)])]
[JsonSerializable(typeof(CreateTenantRequest))]
[JsonSerializable(typeof(UpdateTenantRequest))]
[JsonSerializable(typeof(TenantResponse))]
[JsonSerializable(typeof(Page<TenantResponse>))]
[JsonSerializable(typeof(TenantUsageResponse))]
[JsonSerializable(typeof(TenantQuotas))]
[JsonSerializable(typeof(Page<ChannelResponse>))]
[JsonSerializable(typeof(UpsertConversationsRequest))]
[JsonSerializable(typeof(UpsertConversationsResponse))]
[JsonSerializable(typeof(TokenSecretResponse))]
[JsonSerializable(typeof(CreateApiKeyRequest))]
[JsonSerializable(typeof(RotateApiKeyRequest))]
[JsonSerializable(typeof(ApiKeyResponse))]
[JsonSerializable(typeof(CreatedApiKeyResponse))]
[JsonSerializable(typeof(Page<ApiKeyResponse>))]
[JsonSerializable(typeof(UpsertUserRequest))]
[JsonSerializable(typeof(UpsertUsersRequest))]
[JsonSerializable(typeof(UpdateUserRequest))]
[JsonSerializable(typeof(UserResponse))]
[JsonSerializable(typeof(UsersResponse))]
[JsonSerializable(typeof(Page<UserResponse>))]
[JsonSerializable(typeof(PutPrivacyRequest))]
[JsonSerializable(typeof(PrivacyResponse))]
[JsonSerializable(typeof(BlockResponse))]
[JsonSerializable(typeof(Page<BlockResponse>))]
[JsonSerializable(typeof(CreateTokenRequest))]
[JsonSerializable(typeof(CreateTokensRequest))]
[JsonSerializable(typeof(TokenResponse))]
[JsonSerializable(typeof(TokensResponse))]
[JsonSerializable(typeof(RefreshTokenRequest))]
[JsonSerializable(typeof(RevokeTokensRequest))]
[JsonSerializable(typeof(CreateConversationRequest))]
[JsonSerializable(typeof(UpdateConversationRequest))]
[JsonSerializable(typeof(ConversationResponse))]
[JsonSerializable(typeof(Page<ConversationResponse>))]
[JsonSerializable(typeof(AddMembersRequest))]
[JsonSerializable(typeof(AddMembersResponse))]
[JsonSerializable(typeof(UpdateMemberRequest))]
[JsonSerializable(typeof(MemberResponse))]
[JsonSerializable(typeof(Page<MemberResponse>))]
[JsonSerializable(typeof(CreateAttachmentRequest))]
[JsonSerializable(typeof(AttachmentUpload))]
[JsonSerializable(typeof(AttachmentResponse))]
[JsonSerializable(typeof(SendMessageRequest))]
[JsonSerializable(typeof(EditMessageRequest))]
[JsonSerializable(typeof(MessageResponse))]
[JsonSerializable(typeof(MessagePage))]
[JsonSerializable(typeof(MessageHistoryResponse))]
[JsonSerializable(typeof(VoteRequest))]
[JsonSerializable(typeof(PollStateResponse))]
[JsonSerializable(typeof(ScheduleMessageRequest))]
[JsonSerializable(typeof(ScheduledMessageResponse))]
[JsonSerializable(typeof(Page<ScheduledMessageResponse>))]
[JsonSerializable(typeof(CreateReminderRequest))]
[JsonSerializable(typeof(ReminderResponse))]
[JsonSerializable(typeof(Page<ReminderResponse>))]
[JsonSerializable(typeof(PinResponse))]
[JsonSerializable(typeof(Page<PinResponse>))]
[JsonSerializable(typeof(SearchResult))]
[JsonSerializable(typeof(Page<SearchResult>))]
[JsonSerializable(typeof(EntryResponse))]
[JsonSerializable(typeof(EntryPage))]
[JsonSerializable(typeof(JoinRequest[]))]
[JsonSerializable(typeof(IReadOnlyList<JoinRequest>))]
[JsonSerializable(typeof(JoinResult))]
[JsonSerializable(typeof(IReadOnlyList<JoinResult>))]
[JsonSerializable(typeof(HubSendMessageRequest))]
[JsonSerializable(typeof(HubEditMessageRequest))]
[JsonSerializable(typeof(SendMessageResult))]
[JsonSerializable(typeof(ChangeResult))]
[JsonSerializable(typeof(TypingState))]
[JsonSerializable(typeof(SetPresenceRequest))]
[JsonSerializable(typeof(PresenceState))]
[JsonSerializable(typeof(PresenceState[]))]
[JsonSerializable(typeof(IReadOnlyList<PresenceState>))]
[JsonSerializable(typeof(Page<PresenceState>))]
[JsonSerializable(typeof(PresenceSummary))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(ConversationUpdated))]
[JsonSerializable(typeof(UpdateOwnViewRequest))]
[JsonSerializable(typeof(OwnMemberResponse))]
[JsonSerializable(typeof(MarkReceiptsRequest))]
[JsonSerializable(typeof(ReceiptResponse))]
[JsonSerializable(typeof(Page<ReceiptResponse>))]
[JsonSerializable(typeof(Page<MessageReceiptResponse>))]
[JsonSerializable(typeof(UnreadResponse))]
[JsonSerializable(typeof(Receipt))]
[JsonSerializable(typeof(Evicted))]
[JsonSerializable(typeof(Resync))]
[JsonSerializable(typeof(Draining))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(long?))]
[JsonSerializable(typeof(int?))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(bool))]
public sealed partial class CaasJsonContext : JsonSerializerContext;
