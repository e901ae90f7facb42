namespace Caas.Adapters.Sqlite;

/// <summary>Holds a data folder for one process: two standalone hosts on one folder would both think it theirs. Let go when disposed, or when the process ends in whatever way.</summary>
public sealed class DataFolderLock : IDisposable
{
    private const string FileName = "caas.lock";

    private readonly FileStream _file;

    private DataFolderLock(FileStream file) => _file = file;

    /// <summary>Takes the folder, making it when it is missing.</summary>
    /// <exception cref="DatabaseLockedException">Another process (or another lock in this one) holds it.</exception>
    /// <exception cref="DatabaseOpenException">The folder cannot be written to.</exception>
    public static DataFolderLock Acquire(string folder)
    {
        var path = Path.Combine(Path.GetFullPath(folder), FileName);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DatabaseOpenException($"The data folder {Path.GetDirectoryName(path)} cannot be made: {exception.Message}", exception);
        }

        try
        {
            // The file stays behind: removing it would let a third process lock a new one while the second still waits on the old.
            return new(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1));
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new DatabaseOpenException($"The data folder {Path.GetDirectoryName(path)} cannot be written to: {exception.Message}", exception);
        }
        catch (IOException exception) when (exception.GetType() == typeof(IOException) && File.Exists(path))
        {
            throw new DatabaseLockedException($"The data folder {Path.GetDirectoryName(path)} is in use by another process (it holds {path}).", exception);
        }
        catch (IOException exception)
        {
            throw new DatabaseOpenException($"The data folder {Path.GetDirectoryName(path)} cannot be written to: {exception.Message}", exception);
        }
    }

    public void Dispose() => _file.Dispose();
}
