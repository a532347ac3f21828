using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;
using Shared;

namespace Litre.Server.Tests.OpenAi;

/// <summary>OpenAI's own package for .NET as the client.</summary>
public sealed class OpenAiPackageTests : IAsyncLifetime
{
    private const string Call = "say <tool_call>\n{\"name\": \"measure\", \"arguments\": {\"part\": \"shaft\"}}\n</tool_call>";

    private static readonly ChatTool Measure = ChatTool.CreateFunctionTool(
        "measure",
        "Measures a part.",
        BinaryData.FromString("{\"type\": \"object\", \"properties\": {\"part\": {\"type\": \"string\"}}}")
    );

    private ServerFixture _server = null!;
    private string _key = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await ServerFixture.StartAsync();
        _key = _server.Keys.Create("dotnet", admin: false).Secret;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Models_List_HasTheBaseAndTheAdapter()
    {
        var models = await Client().GetOpenAIModelClient().GetModelsAsync(Cancel);
        Assert.Equal(["nano", "drawings"], models.Value.Select(m => m.Id));
    }

    [Fact]
    public async Task Chat_Question_IsAnsweredByTheAdapter()
    {
        ChatCompletion answer = await Chat("drawings").CompleteChatAsync([new UserChatMessage("Hello")], cancellationToken: Cancel);
        Assert.Equal("Hello [0 images, drawings]", answer.Content[0].Text);
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
        Assert.Equal(answer.Usage.TotalTokenCount, answer.Usage.InputTokenCount + answer.Usage.OutputTokenCount);
    }

    [Fact]
    public async Task Chat_Stream_HasTextAndUsage()
    {
        var (text, tokens) = ("", 0);
        await foreach (var update in Chat().CompleteChatStreamingAsync([new UserChatMessage("say Größe 12 µm")], cancellationToken: Cancel))
        {
            text += string.Concat(update.ContentUpdate.Select(p => p.Text));
            tokens = update.Usage?.OutputTokenCount ?? tokens;
        }
        Assert.Equal("Größe 12 µm", text);
        Assert.Equal(4, tokens);
    }

    [Fact]
    public async Task Chat_SeveralImages_AreSeen()
    {
        var bytes = BinaryData.FromBytes(await File.ReadAllBytesAsync(Repository.Reference("images", "3_64x64.png"), Cancel));
        var image = ChatMessageContentPart.CreateImagePart(bytes, "image/png");
        var question = new UserChatMessage(image, image, ChatMessageContentPart.CreateTextPart("Compare"));
        ChatCompletion answer = await Chat().CompleteChatAsync([question], cancellationToken: Cancel);
        Assert.Equal("Compare [2 images, base]", answer.Content[0].Text);
    }

    [Fact]
    public async Task Chat_Call_IsAnsweredWithItsResult()
    {
        var options = new ChatCompletionOptions { Tools = { Measure } };
        List<ChatMessage> messages = [new UserChatMessage(Call)];
        ChatCompletion answer = await Chat().CompleteChatAsync(messages, options, Cancel);
        Assert.Equal(ChatFinishReason.ToolCalls, answer.FinishReason);
        var call = Assert.Single(answer.ToolCalls);
        using var arguments = JsonDocument.Parse(call.FunctionArguments);
        Assert.Equal("shaft", arguments.RootElement.GetProperty("part").GetString());
        messages.Add(new AssistantChatMessage(answer));
        messages.Add(new ToolChatMessage(call.Id, "12 mm"));
        ChatCompletion last = await Chat().CompleteChatAsync(messages, options, Cancel);
        Assert.Equal("12 mm [0 images, base]", last.Content[0].Text);
    }

    [Fact]
    public async Task Chat_Schema_ReachesTheEngine()
    {
        var schema = BinaryData.FromString("{\"type\": \"object\", \"properties\": {\"length\": {\"type\": \"number\"}}}");
        var options = new ChatCompletionOptions
        {
            ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("measure", schema, jsonSchemaIsStrict: true),
        };
        ChatCompletion answer = await Chat().CompleteChatAsync([new UserChatMessage("say {\"length\": 12.5}")], options, Cancel);
        using var parsed = JsonDocument.Parse(answer.Content[0].Text);
        Assert.Equal(12.5, parsed.RootElement.GetProperty("length").GetDouble());
        using var given = JsonDocument.Parse(_server.Engine.Last!.Settings.Format!.Text);
        using var sent = JsonDocument.Parse(schema);
        Assert.True(JsonElement.DeepEquals(sent.RootElement, given.RootElement));
    }

    [Fact]
    public async Task Chat_LogProbabilities_AreReturned()
    {
        var options = new ChatCompletionOptions { IncludeLogProbabilities = true, TopLogProbabilityCount = 2 };
        ChatCompletion answer = await Chat().CompleteChatAsync([new UserChatMessage("say abcdef")], options, Cancel);
        Assert.Equal(2, answer.ContentTokenLogProbabilities.Count);
        Assert.Equal(-0.25f, answer.ContentTokenLogProbabilities[0].LogProbability);
        Assert.Equal(2, answer.ContentTokenLogProbabilities[0].TopLogProbabilities.Count);
    }

    [Fact]
    public async Task Chat_Refused_ThrowsWithTheStatus()
    {
        await AssertStatusAsync(401, Client("wrong").GetChatClient("nano"), new UserChatMessage("Hello"));
        await AssertStatusAsync(404, Chat("unknown"), new UserChatMessage("Hello"));
        await AssertStatusAsync(429, Chat(), new UserChatMessage("full"));
        var damaged = ChatMessageContentPart.CreateImagePart(BinaryData.FromBytes(new byte[] { 1, 2, 3 }), "image/png");
        await AssertStatusAsync(400, Chat(), new UserChatMessage(damaged));
        var url = ChatMessageContentPart.CreateImagePart(new Uri("https://example.com/a.png"));
        var error = await AssertStatusAsync(400, Chat(), new UserChatMessage(url));
        Assert.Contains("opens no address", error.Message);
    }

    [Fact]
    public async Task Chat_StreamCanceled_FreesTheSlot()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in Chat().CompleteChatStreamingAsync([new UserChatMessage("forever")], cancellationToken: stop.Token))
                await stop.CancelAsync();
        });
        Assert.True(SpinWait.SpinUntil(() => _server.Engine.Status.Running == 0, TimeSpan.FromSeconds(10)));
    }

    private static async Task<ClientResultException> AssertStatusAsync(int status, ChatClient chat, UserChatMessage message)
    {
        var error = await Assert.ThrowsAsync<ClientResultException>(() => chat.CompleteChatAsync([message], cancellationToken: Cancel));
        Assert.Equal(status, error.Status);
        return error;
    }

    private ChatClient Chat(string model = "nano") => Client().GetChatClient(model);

    private OpenAIClient Client(string? key = null) =>
        new(
            new ApiKeyCredential(key ?? _key),
            new OpenAIClientOptions { Endpoint = new Uri(_server.Address, "v1"), RetryPolicy = new ClientRetryPolicy(maxRetries: 0) }
        );
}
