using Caas.Core.Attachments;
using Caas.Core.Ids;
using Caas.Core.Refusals;
using Microsoft.Extensions.Logging;

namespace Caas.Adapters.Files;

/// <summary>
/// Files in a folder: <c>{tenant}/{end of id}/{id}</c>, beside it <c>{id}.thumbnail</c>. What is received is written to <c>.incoming</c> first, flushed to the disk, and moved when it is
/// accepted, so that no file is ever seen in part. Gateways that share the folder share the files.
/// </summary>
internal sealed partial class FolderFiles(string folder, IdGenerator ids, TimeProvider clock, ILogger<FolderFiles> logger) : IAttachmentFiles
{
    private const string Incoming = ".incoming";
    private const int Buffer = 64 * 1024;

    /// <summary>What a gateway that died has left behind is removed after so long.</summary>
    private static readonly TimeSpan KeepIncoming = TimeSpan.FromDays(1);

    private readonly string _folder = Path.GetFullPath(folder);

    public bool IsConfigured => true;

    public UploadPlace? PresignUpload(StoredAttachment attachment, DateTimeOffset until) => null;

    public Uri? PresignDownload(StoredAttachment attachment, FileVariant variant, DateTimeOffset until) => null;

    public Task<ReceivedFile?> FindReceivedAsync(StoredAttachment attachment, CancellationToken cancellationToken) => Task.FromResult<ReceivedFile?>(null);

    public Task<ReceivedFile?> FindAcceptedAsync(StoredAttachment attachment, CancellationToken cancellationToken) => GuardAsync("look for a file", () =>
    {
        var file = new FileInfo(PathOf(attachment.Tenant, attachment.Id, FileVariant.Original));
        return Task.FromResult(file.Exists ? new ReceivedFile(file.FullName, file.Length) : null);
    });

    public Task<ReceivedFile> ReceiveAsync(StoredAttachment attachment, Stream content, long most, CancellationToken cancellationToken) => GuardAsync("receive a file", async () =>
    {
        RemoveOld();
        var path = Path.Combine(Make(Path.Combine(_folder, Incoming)), $"{attachment.Tenant}.{attachment.Id}.{ids.Next()}");
        try
        {
            await using var file = Open(path);
            var buffer = new byte[Buffer];
            long size = 0;
            for (var read = -1; read != 0 && size <= most;)
            {
                read = await ReadAsync(content, buffer, cancellationToken);
                await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                size += read;
            }

            file.Flush(flushToDisk: true);
            return new ReceivedFile(path, size);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    });

    public Task<byte[]> ReadReceivedAsync(ReceivedFile received, int? first, CancellationToken cancellationToken) => GuardAsync("read a file", async () =>
    {
        await using var file = File.OpenRead(received.Place);
        var bytes = new byte[Math.Min(first ?? int.MaxValue, received.Size)];
        await file.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    });

    public Task AcceptAsync(StoredAttachment attachment, ReceivedFile received, byte[]? thumbnail, FileFacts facts, CancellationToken cancellationToken) => GuardAsync("keep a file", async () =>
    {
        var path = PathOf(attachment.Tenant, attachment.Id, FileVariant.Original);
        Make(Path.GetDirectoryName(path)!);
        if (thumbnail is not null)
        {
            var small = SmallOf(received);
            await using (var file = Open(small))
            {
                await file.WriteAsync(thumbnail, cancellationToken);
                file.Flush(flushToDisk: true);
            }

            Move(small, PathOf(attachment.Tenant, attachment.Id, FileVariant.Thumbnail));
        }

        Move(received.Place, path);
        return true;
    });

    public Task DiscardAsync(ReceivedFile received, CancellationToken cancellationToken) => GuardAsync("remove a file", () =>
    {
        if (Directory.Exists(Path.GetDirectoryName(received.Place)))
        {
            File.Delete(received.Place);
            File.Delete(SmallOf(received));
        }

        return Task.FromResult(true);
    });

    public Stream? Open(TenantId tenant, string id, FileVariant variant)
    {
        try
        {
            return new FileStream(PathOf(tenant, id, variant), new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.Read | FileShare.Delete, Options = FileOptions.Asynchronous });
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unavailable("open a file", exception);
        }
    }

    public Task DeleteAsync(TenantId tenant, string id, CancellationToken cancellationToken) => GuardAsync("remove a file", () =>
    {
        foreach (var variant in Enum.GetValues<FileVariant>())
        {
            if (PathOf(tenant, id, variant) is var path && File.Exists(path))
            {
                File.Delete(path);
            }
        }

        return Task.FromResult(true);
    });

    /// <summary>Where a thumbnail waits until its image is accepted.</summary>
    private static string SmallOf(ReceivedFile received) => $"{received.Place}.thumbnail";

    /// <summary>A tenant's id and a UUID: nothing that a caller could choose to lead elsewhere.</summary>
    private string PathOf(TenantId tenant, string id, FileVariant variant) =>
        Guid.TryParseExact(id, "D", out _)
            ? Path.Combine(_folder, tenant.Value, id[^2..], variant == FileVariant.Thumbnail ? $"{id}.thumbnail" : id)
            : throw new ArgumentException("The id is no UUID.", nameof(id));

    /// <summary>Flushed once more under its new name: journalling file systems (ext4, XFS, NTFS) write the move with it, so that who reads "ready" after a power cut finds the file.</summary>
    private static void Move(string from, string to)
    {
        File.Move(from, to, overwrite: true);
        using var moved = File.OpenHandle(to, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.FlushToDisk(moved);
    }

    /// <summary>A client that goes away in the middle, or sends nothing for too long, is no fault of the folder's.</summary>
    private static async Task<int> ReadAsync(Stream content, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await content.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException exception) when (IsConnections(exception) && exception.GetType().Name != "BadHttpRequestException")
        {
            throw new RefusedException(Refusal.ValidationFailed, "content ended too early", new Dictionary<string, string[]> { ["content"] = ["ended too early"] }, exception);
        }
    }

    private void RemoveOld()
    {
        var before = (clock.GetUtcNow() - KeepIncoming).UtcDateTime;
        foreach (var old in Directory.Exists(Path.Combine(_folder, Incoming)) ? Directory.EnumerateFiles(Path.Combine(_folder, Incoming)).Where(file => File.GetLastWriteTimeUtc(file) < before) : [])
        {
            File.Delete(old);
        }
    }

    /// <summary>What is in it is its owner's alone.</summary>
    private static string Make(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return directory;
    }

    private static FileStream Open(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new(path, options);
    }

    private async Task<T> GuardAsync<T>(string what, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException || (exception is IOException input && !IsConnections(input)))
        {
            throw Unavailable(what, exception);
        }
    }

    /// <summary>The server's own, of the connection from which is read: a body that is too large, a client that has gone.</summary>
    private static bool IsConnections(IOException exception) => exception.GetType().Namespace?.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) == true;

    private RefusedException Unavailable(string what, Exception exception)
    {
        LogFailed(exception, what);
        return new(Refusal.Unavailable, IsFull(exception) ? "There is no room for attachments at the moment." : "The folder of the attachments cannot be used at the moment.", innerException: exception);
    }

    // ENOSPC and EDQUOT; ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL.
    private static bool IsFull(Exception exception) => OperatingSystem.IsWindows() ? (exception.HResult & 0xFFFF) is 112 or 39 : exception.HResult is 28 or 122 or unchecked((int)0x80070070);

    [LoggerMessage(5401, LogLevel.Warning, "The attachments' folder failed to {What}.")]
    private partial void LogFailed(Exception exception, string what);
}
