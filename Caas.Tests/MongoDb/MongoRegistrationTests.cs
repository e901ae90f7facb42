using Caas.Adapters.MongoDb;
using Caas.Adapters.MongoDb.Entries;
using Caas.Core;
using Caas.Core.Entries;
using Caas.Tests.MongoDb.StandIn;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using MongoDB.Driver;
using Xunit;

namespace Caas.Tests.MongoDb;

/// <summary>How a host gets its stores on MongoDB.</summary>
public sealed class MongoRegistrationTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_store_port_of_the_core_is_there()
    {
        await using var server = new StandInServer();
        using var host = Build(server, "");
        // All but one: who is typing is not kept.
        var ports = typeof(CoreServices).Assembly.GetTypes().Where(type => type.IsInterface && (type.Name.EndsWith("Store", StringComparison.Ordinal) || type.Name == "IEntrySource") && type != typeof(Caas.Core.Typing.ITypingStore)).ToList();
        Assert.Equal(38, ports.Count);
        Assert.All(ports, port => Assert.StartsWith("Mongo", host.Services.GetRequiredService(port).GetType().Name, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "caas")]
    [InlineData("chat", "chat")]
    public async Task The_hosts_start_creates_the_indexes_in_the_database_that_the_connection_string_names(string named, string expected)
    {
        await using var server = new StandInServer();
        using var host = Build(server, named);
        await host.StartAsync(Cancelled).WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
        Assert.NotEmpty(server.Commands);
        Assert.All(server.Commands, command => Assert.Equal(("createIndexes", expected), (command.Name, command.Database)));
        await host.StopAsync(Cancelled);
    }

    [Fact]
    public async Task A_database_that_refuses_stops_the_host_with_a_sentence()
    {
        await using var server = new StandInServer { Rule = _ => StandInFault.Fail(new(13, "Unauthorized", "not authorized")) };
        using var host = Build(server, "", ("Caas:MongoDb:StartTimeout", "00:00:00"));
        var fault = await Assert.ThrowsAsync<StoreUnavailableException>(() => host.StartAsync(Cancelled).WaitAsync(TimeSpan.FromMinutes(1), Cancelled));
        Assert.Equal("MongoDB could not create its indexes: MongoCommandException.", fault.Message);
    }

    [Theory]
    [InlineData("OperationTimeout", "00:00:00")]
    [InlineData("ServerTimeout", "1.00:00:00")]
    [InlineData("RememberedTails", "0")]
    public async Task A_bad_setting_is_named(string setting, string value)
    {
        await using var server = new StandInServer();
        using var host = Build(server, "", ($"Caas:MongoDb:{setting}", value));
        var fault = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Cancelled).WaitAsync(TimeSpan.FromMinutes(1), Cancelled));
        Assert.Contains(setting, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("E11000 duplicate key error collection: caas.entries index: tenant_log_seq dup key: { tenant: \"a\", log: \"index: _id_ \" }", RefusedBy.Place)]
    [InlineData("E11000 duplicate key error collection: caas.entries index: tenant_log_actor_clientId dup key: {}", RefusedBy.Client)]
    [InlineData("E11000 duplicate key error collection: caas.entries index: _id_ dup key: {}", RefusedBy.Id)]
    [InlineData("E11000 duplicate key error collection: caas.entries index: tenant_log_seq", RefusedBy.Place)]
    [InlineData("E11000 duplicate key error", RefusedBy.Unknown)]
    [InlineData("", RefusedBy.Unknown)]
    internal void The_index_that_refused_is_read_from_the_message(string message, RefusedBy expected) => Assert.Equal(expected, EntryInserts.Index(message));

    private static IHost Build(StandInServer server, string database, params (string Key, string Value)[] settings)
    {
        var connection = server.ConnectionString.Replace("/?", $"/{database}?", StringComparison.Ordinal);
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:caasdb", connection), .. settings.Select(setting => new KeyValuePair<string, string?>(setting.Key, setting.Value))]);
        builder.Services.AddSingleton<IMongoClient>(_ => new MongoClient(connection));
        builder.Services.AddMongoStores();
        return builder.Build();
    }
}
