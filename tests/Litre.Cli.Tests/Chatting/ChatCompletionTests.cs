using Litre.Cli.Chatting;

namespace Litre.Cli.Tests.Chatting;

public sealed class ChatCompletionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("litre-chat-").FullName;

    public ChatCompletionTests()
    {
        foreach (var name in (string[])["sheet one.png", "sheet two.png", "other.jpg", ".hidden.png"])
            File.WriteAllText(Path.Combine(_folder, name), "");
        Directory.CreateDirectory(Path.Combine(_folder, "drawings"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("/", "/", 4)]
    [InlineData("/im", "/image ", 1)]
    [InlineData("/cl", "/clear", 1)]
    [InlineData("/nothing", "/nothing", 0)]
    [InlineData("a question", "a question", 0)]
    [InlineData("/image FOLDER/sh", "/image FOLDER/sheet ", 2)]
    [InlineData("/image FOLDER/sheet o", "/image FOLDER/sheet one.png", 1)]
    [InlineData("/image 'FOLDER/sheet o", "/image 'FOLDER/sheet one.png", 1)]
    [InlineData("/image FOLDER/d", "/image FOLDER/drawings/", 1)]
    [InlineData("/image FOLDER/", "/image FOLDER/", 4)]
    [InlineData("/image FOLDER/.h", "/image FOLDER/.hidden.png", 1)]
    [InlineData("/image /nowhere/x", "/image /nowhere/x", 0)]
    [InlineData("/image ~", "/image ~/", 0)]
    public void Complete_Line_GoesAsFarAsIsClear(string line, string expected, int choices)
    {
        var (text, found) = ChatCompletion.Complete(line.Replace("FOLDER", _folder));
        Assert.Equal(expected.Replace("FOLDER", _folder), text);
        Assert.Equal(choices, found.Count);
    }

    [Fact]
    public void Typed_QuotesTildesAndBackslashes_AreWhatTheyMean()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var file = Path.Combine(_folder, "sheet one.png");
        Assert.Equal(home + "/x.png", ChatPaths.Typed("~/x.png"));
        Assert.Equal(home + "/x.png", ChatPaths.Typed("'~/x.png'"));
        Assert.Equal(file, ChatPaths.Typed($"\"{file}\""));
        Assert.Equal(file, ChatPaths.Typed(file.Replace(" ", "\\ ")));
        Assert.Equal("/a\\b", ChatPaths.Typed("/a\\b"));
        Assert.Equal("a~b", ChatPaths.Typed("a~b"));
    }
}
