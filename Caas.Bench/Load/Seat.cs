namespace Caas.Bench.Load;

/// <summary>Who one client is. Ids are the same in both tenants: only the tenant tells them apart.</summary>
/// <param name="Replica">Which replica it is told to connect to, where they are known.</param>
public sealed record Seat(int Client, string Tenant, string User, string Conversation, int Replica)
{
    /// <summary>Members of one conversation sit on the replicas in turn, so that half of all deliveries go across.</summary>
    public static Seat Of(LoadShape shape, int client, int replicas)
    {
        var user = client / LoadShape.Tenants.Count;
        return new(client, LoadShape.Tenants[client % LoadShape.Tenants.Count], $"user-{user}", RoomName(user % shape.Rooms), replicas == 0 ? 0 : user / shape.Rooms % replicas);
    }

    public static string RoomName(int room) => $"room-{room}";
}
