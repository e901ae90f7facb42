using Caas.Adapters.MongoDb.Members;
using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.OwnViews;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.OwnViews;

/// <summary>Views in the documents of <c>members</c>; a field that was never set is absent.</summary>
internal sealed class MongoOwnViewStore(MongoContext context) : IOwnViewStore
{
    private readonly IMongoCollection<BsonDocument> _members = context.Collection(Collections.Members);

    public async Task<Member?> ChangeAsync(TenantId tenant, ConversationId conversation, UserId user, OwnViewChange change, CancellationToken cancellationToken)
    {
        var one = MemberDocument.Filter(tenant, conversation, user).Add("removed", false);
        var fields = new BsonDocument();
        Add(fields, "muted", change.Muted);
        Add(fields, "hiddenSeq", change.HiddenSeq);
        Add(fields, "archived", change.Archived);
        Add(fields, "pinned", change.Pinned);
        Add(fields, "markedUnread", change.MarkedUnread);
        if (fields.ElementCount > 0)
        {
            await context.RunAsync("change a view", (session, within) => _members.UpdateOneAsync(session, one, new BsonDocument("$set", fields), cancellationToken: within), cancellationToken);
        }

        return await context.FindAsync(_members, one, cancellationToken) is { } document ? MemberDocument.Read(document) : null;
    }

    private static void Add<T>(BsonDocument fields, string name, T? value)
        where T : struct
    {
        if (value is { } given)
        {
            fields.Add(name, BsonValue.Create(given));
        }
    }
}
