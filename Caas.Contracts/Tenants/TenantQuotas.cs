namespace Caas.Contracts;

/// <summary>The most that a tenant may have; null: no limit. Set by the platform admin.</summary>
/// <param name="Users">Users who are not deactivated.</param>
/// <param name="Conversations">Conversations that are not deleted.</param>
/// <param name="MessagesPerMonth">Messages sent in a calendar month (UTC).</param>
/// <param name="StorageBytes">Of attachments, those announced included.</param>
/// <param name="Connections">Realtime connections at a time.</param>
public sealed record TenantQuotas(long? Users = null, long? Conversations = null, long? MessagesPerMonth = null, long? StorageBytes = null, long? Connections = null);
