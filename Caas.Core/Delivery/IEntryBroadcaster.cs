namespace Caas.Core.Delivery;

/// <summary>Tells everyone who watches a conversation of a new entry, after it is durable. Never blocks, never throws: live delivery may be lost, the log may not.</summary>
public interface IEntryBroadcaster
{
    void Broadcast(TenantId tenant, DeliveredEntry entry);
}
