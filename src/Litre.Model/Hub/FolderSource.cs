using Litre.Core;

namespace Litre.Model.Hub;

/// <summary>A folder of models, such as a mounted share: <c>ORGANIZATION/NAME</c>, <c>NAME</c>, or a hub's cache in it.</summary>
public sealed class FolderSource(string folder) : IModelSource
{
    private const int BlockBytes = 1 << 22;

    public string Name => folder;

    public string DefaultRevision => "main";

    public Task<HubListing> ListAsync(string model, string revision, CancellationToken cancel)
    {
        var found = Find(model);
        var files = Directory
            .EnumerateFiles(found, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden })
            .Select(f => new HubFile(Path.GetRelativePath(found, f), Target(f).Length, null))
            .OrderBy(f => f.Path, StringComparer.Ordinal);
        return Task.FromResult(new HubListing(revision, [.. files]));
    }

    public Task<HubFile> CompleteAsync(string model, string revision, HubFile file, CancellationToken cancel) => Task.FromResult(file);

    public async Task FetchAsync(string model, string revision, HubFile file, string part, Action<long> onBytes, CancellationToken cancel)
    {
        var path = Path.Combine(Find(model), file.Path);
        try
        {
            await using var source = new FileStream(
                path,
                FileMode.Open,
                FileAccess.Read,
                FileShare.Read,
                BlockBytes,
                FileOptions.SequentialScan
            );
            // Without a sum, it is unknown whether the beginning of an earlier copy belongs to the same file.
            await using var target = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, 0);
            var block = new byte[BlockBytes];
            for (var done = 0L; ; )
            {
                onBytes(done);
                var count = await source.ReadAsync(block, cancel);
                if (count == 0)
                    break;
                await target.WriteAsync(block.AsMemory(0, count), cancel);
                done += count;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"{path}: cannot be copied ({e.Message.ReplaceLineEndings(" ").TrimEnd('.')}); check the folder and the "
                    + "free space, and run the same command again",
                e
            );
        }
    }

    private string Find(string model)
    {
        var name = model[(model.IndexOf('/', StringComparison.Ordinal) + 1)..];
        foreach (
            var place in (string[])
                [Path.Combine(folder, model), Path.Combine(folder, name), Path.Combine(folder, HubCache.FolderName(model))]
        )
            if (Directory.Exists(place))
                return HubCache.Resolve(place);
        throw new InputException(
            "from",
            folder,
            $"contains none of {model}, {name} and {HubCache.FolderName(model)}",
            "give the folder that contains the model's folder"
        );
    }

    private static FileInfo Target(string path) =>
        new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? new FileInfo(path);
}
