using System.Text.Json;
using System.Text.Json.Serialization;
using Caas.Contracts;
using Caas.Core.ApiKeys;
using Caas.Core.Audit;
using Caas.Core.Bans;
using Caas.Core.BeforeSend;
using Caas.Core.Blocklists;
using Caas.Core.Blocks;
using Caas.Core.Calls;
using Caas.Core.Flags;
using Caas.Core.Notifications;
using Caas.Core.Privacy;
using Caas.Core.Push;
using Caas.Core.Tenants;
using Caas.Core.Users;
using Caas.Core.Webhooks;

namespace Caas.Core.Json;

/// <summary>What stands in the reserved logs and in the columns of tenants, keys and users: as <see cref="CaasJson"/> does, without nulls.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 40)]
[JsonSerializable(typeof(TenantCreatedData))]
[JsonSerializable(typeof(TenantChangedData))]
[JsonSerializable(typeof(TenantDeletedData))]
[JsonSerializable(typeof(TokenSecretCreatedData))]
[JsonSerializable(typeof(TokenSecretDeletedData))]
[JsonSerializable(typeof(TokensRevokedData))]
[JsonSerializable(typeof(TurnServersChangedData))]
[JsonSerializable(typeof(ApiKeyCreatedData))]
[JsonSerializable(typeof(ApiKeyRotatedData))]
[JsonSerializable(typeof(ApiKeyRevokedData))]
[JsonSerializable(typeof(UserProfileData))]
[JsonSerializable(typeof(UserChangedData))]
[JsonSerializable(typeof(UserDeactivatedData))]
[JsonSerializable(typeof(UserReactivatedData))]
[JsonSerializable(typeof(UserErasingData))]
[JsonSerializable(typeof(PrivacyChangedData))]
[JsonSerializable(typeof(DeliveryAccountChangedData))]
[JsonSerializable(typeof(NotificationPreferencesResponse))]
[JsonSerializable(typeof(NotificationPreferencesChangedData))]
[JsonSerializable(typeof(BlockChangedData))]
[JsonSerializable(typeof(BanChangedData))]
[JsonSerializable(typeof(FlagCreatedData))]
[JsonSerializable(typeof(FlagResolvedData))]
[JsonSerializable(typeof(TenantSettings))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(BlocklistChangedData))]
[JsonSerializable(typeof(WebhookCreatedData))]
[JsonSerializable(typeof(WebhookChangedData))]
[JsonSerializable(typeof(WebhookSecretRotatedData))]
[JsonSerializable(typeof(WebhookDisabledData))]
[JsonSerializable(typeof(WebhookDeletedData))]
[JsonSerializable(typeof(BeforeSendHookChangedData))]
[JsonSerializable(typeof(BeforeSendHookSecretRotatedData))]
[JsonSerializable(typeof(BeforeSendHookDeletedData))]
[JsonSerializable(typeof(AuditIntentBody))]
[JsonSerializable(typeof(AuditRecordedData))]
internal sealed partial class IdentityJsonContext : JsonSerializerContext;
