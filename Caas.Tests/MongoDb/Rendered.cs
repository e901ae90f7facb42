using System.Text.RegularExpressions;
using Caas.Tests.MongoDb.StandIn;
using MongoDB.Bson;
using MongoDB.Bson.IO;

namespace Caas.Tests.MongoDb;

/// <summary>Commands as text, without what differs from run to run: sessions, cluster times and the database's name.</summary>
internal static partial class Rendered
{
    private static readonly JsonWriterSettings Settings = new() { OutputMode = JsonOutputMode.RelaxedExtendedJson };

    /// <summary>The command's fields; a cluster time to read after shows as <c>"known"</c>.</summary>
    public static string Show(StandInCommand command)
    {
        var body = command.Body.DeepClone().AsBsonDocument;
        foreach (var field in new[] { "$db", "lsid", "$clusterTime", "txnNumber" })
        {
            body.Remove(field);
        }

        if (body.TryGetValue("readConcern", out var concern) && concern.AsBsonDocument.Contains("afterClusterTime"))
        {
            concern["afterClusterTime"] = "known";
        }

        return Json(body);
    }

    /// <summary>Compact JSON with single quotes, so that it reads well in a test.</summary>
    public static string Json(BsonValue value) => Spaces().Replace(value.ToJson(Settings).Replace('"', '\''), match => match.Value.Trim());

    [GeneratedRegex(@"(?<=[\{\[,:]) | (?=[\}\]:])")]
    private static partial Regex Spaces();
}
