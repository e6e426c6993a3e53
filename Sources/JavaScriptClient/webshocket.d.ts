export declare class WebshocketClient {}
